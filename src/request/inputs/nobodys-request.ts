import type { IncomingMessage } from 'node:http';
import { isNobodys, type RequestHeaders } from '../../page/request/header-reads.js';
import { sentHeaders } from '../visit.js';
import { distinctHeaders } from './observed-request.js';
import { Replacement } from './replacement.js';

/** A request whose headers reveal nothing about its visitor until `stop()`: the page made from it is for everybody. */
export class NobodysRequest {
  /** The headers that are left. */
  readonly headers: RequestHeaders;
  readonly isDecidedByAccept = false;
  readonly #replacement: Replacement;

  constructor(request: IncomingMessage) {
    const { headers, rawHeaders } = request;
    const sent = sentHeaders(request);
    // In HTTP/2, these names describe the target.
    const isLeft = (name: string) => name.startsWith(':') || isNobodys(name, sent);
    const leftOf = (all: object) => Object.fromEntries(Object.entries(all).filter(([name]) => isLeft(name)));
    const left = leftOf(headers);
    const lines = rawHeaders.filter((_, index) =>
      isLeft((rawHeaders[index - (index % 2)] ?? '').toLowerCase()),
    );
    this.headers = leftOf(sent);
    this.#replacement = new Replacement(request);
    this.#replacement.put('headers', () => left);
    this.#replacement.put('rawHeaders', () => lines);
    this.#replacement.put('headersDistinct', () => leftOf(distinctHeaders(request, rawHeaders)));
  }

  /** Returns no names: nothing that the application could read makes a difference. */
  names(): readonly string[] {
    return [];
  }

  /** Gives the request back as it was, for loggers, which write after the end. */
  stop(): void {
    this.#replacement.undo();
  }
}
