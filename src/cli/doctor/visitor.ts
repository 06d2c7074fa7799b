import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';

/** The answer to a request of `doctor`. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Whether it came from a page. */
  readonly isHit: boolean;
}

const TIMEOUT_MS = 10_000;

/** Sends requests to the live site as a visitor would: each on its own connection, and only with the given headers. */
export class Visitor {
  readonly #base: URL;
  readonly #always: Readonly<Record<string, string>>;

  /** `always` are headers of every request, such as those that choose a variant. */
  constructor(base: URL, always: Readonly<Record<string, string>> = {}) {
    this.#base = base;
    this.#always = always;
  }

  get host(): string {
    return this.#base.host;
  }

  /** Returns a visitor for the same site, with headers that go with every request. */
  with(always: Readonly<Record<string, string>>): Visitor {
    return new Visitor(this.#base, always);
  }

  async get(target: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const { protocol, hostname, port } = this.#base;
    const request = (protocol === 'https:' ? https : http).request({
      ...{ hostname: hostname.replace(/^\[|\]$/g, ''), port, path: target, agent: false },
      headers: { host: this.#base.host, ...this.#always, ...headers, ...this.#cookies(headers) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    request.end();
    const [response]: http.IncomingMessage[] = await once(request, 'response');
    if (response === undefined) throw new Error('There was no response');
    await buffer(response);
    const isHit = String(response.headers['cache-status'] ?? '').includes('staticgenerator; hit');
    return { status: response.statusCode ?? 0, headers: response.headers, isHit };
  }

  #cookies({ cookie }: Readonly<Record<string, string>>): OutgoingHttpHeaders {
    const cookies = [this.#always.cookie, cookie].filter((one) => one !== undefined);
    return cookies.length === 0 ? {} : { cookie: cookies.join('; ') };
  }
}
