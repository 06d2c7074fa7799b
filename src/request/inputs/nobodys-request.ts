import type { IncomingMessage } from 'node:http';
import { isNobodys, type RequestHeaders } from '../../page/request/header-reads.js';
import { sentHeaders } from '../visit.js';
import { distinctHeaders } from './observed-request.js';
import { Replacement } from './replacement.js';

/** A request whose headers tell nothing of its visitor until `stop()`: what the application makes of it is everybody's. */
export class NobodysRequest {
  /** The headers that are left. */
  readonly headers: RequestHeaders;
  readonly isDecidedByAccept = false;
  readonly #replacement: Replacement;

  constructor(request: IncomingMessage) {
    const { headers, rawHeaders } = request;
    const sent = sentHeaders(request);
    // What HTTP/2 says of the target.
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

  /** Nothing that the application could look at makes a difference. */
  names(): readonly string[] {
    return [];
  }

  /** Loggers, which write after the end, get the request as it was. */
  stop(): void {
    this.#replacement.undo();
  }
}
