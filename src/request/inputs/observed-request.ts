import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHeaders } from '../../page/request/header-reads.js';
import { sentHeaders } from '../visit.js';
import { viewOfHeaders, viewOfLines } from './header-views.js';
import { HeaderWalk } from './header-walk.js';
import { Replacement } from './replacement.js';

/** A request while a page is made from it. */
export interface WatchedRequest {
  /** The headers that the application sees, as they came: it may change them. */
  readonly headers: RequestHeaders;
  /** Returns the headers that were read so far, in lower case, if reading them can matter. */
  names(): readonly string[];
  /** Whether Accept was read before the app set Location. A redirect chooses its body by Accept. */
  readonly isDecidedByAccept: boolean;
  /** Gives the request back as it was. What is read from now on, for example by a logger, makes no difference. */
  stop(): void;
}

/** Notes which headers of a request are read, until `stop()`. */
export class ObservedRequest implements WatchedRequest {
  readonly headers: RequestHeaders;
  readonly #replacement: Replacement;
  readonly #walks: HeaderWalk[] = [];
  readonly #response: ServerResponse;
  #isOver = false;
  isDecidedByAccept = false;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#response = response;
    const { headers, rawHeaders } = request;
    this.headers = { ...sentHeaders(request) };
    this.#replacement = new Replacement(request);
    this.#replacement.put('headers', () => viewOfHeaders(headers, this.#newWalk()));
    const distinct = () => viewOfHeaders(distinctHeaders(request, rawHeaders), this.#newWalk());
    this.#replacement.put('headersDistinct', distinct);
    this.#replacement.put('rawHeaders', () => viewOfLines(rawHeaders, this.#newWalk()));
  }

  names(): readonly string[] {
    return this.#walks.flatMap((walk) => walk.names());
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#replacement.undo();
  }

  #newWalk(): HeaderWalk {
    const walk = new HeaderWalk(
      () => this.#isOver,
      (name) => {
        if (name === 'accept') this.isDecidedByAccept ||= !this.#response.hasHeader('location');
      },
    );
    this.#walks.push(walk);
    return walk;
  }
}

/** Returns `headersDistinct`. Node makes it from the lines, and this must not count as reading by the application. */
export function distinctHeaders(request: IncomingMessage, rawHeaders: readonly string[]): object {
  const unobserved = Object.create(request, { rawHeaders: { value: rawHeaders } });
  const headers: unknown = Reflect.get(Object.getPrototypeOf(request), 'headersDistinct', unobserved);
  return typeof headers === 'object' && headers !== null ? headers : {};
}
