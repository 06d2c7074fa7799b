import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../log.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import type { Asker, Audience } from '../../page/request/audience.js';
import {
  type AudienceJudge,
  type AudienceOptions,
  compileAudience,
  compileReadJudge,
  type ReadJudge,
} from '../../page/request/header-reads.js';
import { findEcho } from '../../page/response/echoes.js';
import type { HeaderLine } from '../../page/response/headers.js';
import { variesByAccept } from '../../page/response/rules.js';
import { sentHeaders } from '../visit.js';
import { OncePerName } from './advice.js';
import { ALL_HEADERS } from './header-walk.js';
import { ObservedRequest, type WatchedRequest } from './observed-request.js';

const ADVICE =
  "pages are not stored when the app reads this request header; if no page depends on it, add it to the option `ignoreHeaders`; if few requests have it, add it to `bypassHeaders`, generate the configuration of the server in front again and reload it; if the HTML is the same for everyone, write the rule as `{ match, as: 'nobody' }`; if the header has only a few values, such as Accept-Language, give each value a page with the option `variants`, and ask for it with `variant()`";

const ADVICE_ON_ALL =
  "pages are not stored when the app copies all request headers, for example in an adapter that creates a Request, because it is unknown which headers it reads from the copy; if no page depends on any header, set the option `ignoreHeaders` to ['*']";

/** Judges pages by the headers that the app reads: refuses them, or says whom they are for. Logs advice for each. */
export class ReadWatch {
  readonly #isHarmless: ReadJudge;
  readonly #audienceOf: AudienceJudge;
  readonly #ignoresAll: boolean;
  readonly #advice: OncePerName;
  readonly #adviceOnAll: OncePerName;

  constructor(options: AudienceOptions, logger: Logger) {
    this.#isHarmless = compileReadJudge(options);
    this.#audienceOf = compileAudience(options);
    this.#ignoresAll = options.ignoreHeaders.includes(ALL_HEADERS);
    this.#advice = new OncePerName(logger, ADVICE);
    this.#adviceOnAll = new OncePerName(logger, ADVICE_ON_ALL);
  }

  /** Notes what is read. If all headers are ignored, the app gets the originals, which it may clone, unlike a Proxy. */
  watch(request: IncomingMessage, response: ServerResponse): WatchedRequest {
    if (!this.#ignoresAll) return new ObservedRequest(request, response);
    const headers = { ...sentHeaders(request) };
    return { headers, names: () => [], isDecidedByAccept: false, stop: () => undefined };
  }

  /** Returns why the page of this path cannot be for everybody, by what was read so far. */
  refuse(request: WatchedRequest, path: string): Refusal | undefined {
    const name = request.names().find((one) => !this.#isHarmless(one, request.headers));
    if (name === undefined) return undefined;
    (name === ALL_HEADERS ? this.#adviceOnAll : this.#advice).give(name, path);
    return refuse('reads-header', name);
  }

  /** Returns whom a page is for. It is not known what a render for nobody reads: there, a scheme counts if shown. */
  audienceOf({ request, asker, isForNobody }: Visitor, { headers, body }: ReadPage): Audience | undefined {
    const origin = `${asker.scheme}://${request.headers.host ?? ''}`;
    const showsScheme =
      isForNobody && findEcho(body, [{ name: 'scheme', text: origin, isAddress: false }]) !== undefined;
    const names = showsScheme ? ['x-forwarded-proto'] : request.names();
    return this.#audienceOf({ names, variesByAccept: variesByAccept(headers) }, asker);
  }
}

/** The visitor whose request has made a page. */
export interface Visitor {
  readonly request: WatchedRequest;
  readonly asker: Asker;
  readonly isForNobody: boolean;
}

/** The headers and the body of such a page, without content coding. */
export interface ReadPage {
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer;
}
