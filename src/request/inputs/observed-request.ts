import type { IncomingMessage } from 'node:http';
import type { RequestHeaders } from '../../page/request/header-reads.js';
import { viewOfHeaders, viewOfLines } from './header-views.js';
import { HeaderWalk } from './header-walk.js';

/** What stands before a property of the request. */
interface Replaced {
  readonly original: PropertyDescriptor | undefined;
  readonly get: () => object;
}

/**
 * Notes which headers of a request are looked at, until `stop()`. The views stand on this one request, before the getters
 * of its prototype, and are made when they are first asked for: no other request notices.
 */
export class ObservedRequest {
  readonly request: IncomingMessage;
  /** The headers as they are. */
  readonly headers: RequestHeaders;
  readonly #replaced = new Map<string, Replaced>();
  readonly #walks: HeaderWalk[] = [];
  #isOver = false;

  constructor(request: IncomingMessage) {
    this.request = request;
    this.headers = request.headers;
    const { rawHeaders } = request;
    this.#replace('headers', (walk) => viewOfHeaders(this.headers, walk));
    this.#replace('headersDistinct', (walk) => viewOfHeaders(distinctHeaders(request, rawHeaders), walk));
    this.#replace('rawHeaders', (walk) => viewOfLines(rawHeaders, walk));
  }

  /** The headers that were looked at by name so far, in lower case. */
  names(): readonly string[] {
    return this.#walks.flatMap((walk) => walk.names());
  }

  /** What is looked at from now on, by a logger for one, makes no difference. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [name, { original, get }] of this.#replaced) {
      // What the application has put there is its own.
      if (Object.getOwnPropertyDescriptor(this.request, name)?.get !== get) continue;
      Reflect.deleteProperty(this.request, name);
      if (original !== undefined) Object.defineProperty(this.request, name, original);
    }
  }

  #replace(name: 'headers' | 'headersDistinct' | 'rawHeaders', make: (walk: HeaderWalk) => object): void {
    const request = this.request;
    let view: object | undefined;
    const get = () => {
      view ??= make(this.#newWalk());
      return view;
    };
    const original = Object.getOwnPropertyDescriptor(request, name);
    this.#replaced.set(name, { original, get });
    Object.defineProperty(request, name, {
      ...{ configurable: true, enumerable: original?.enumerable ?? false, get },
      set: (value: unknown) =>
        Object.defineProperty(request, name, { value, writable: true, configurable: true, enumerable: true }),
    });
  }

  #newWalk(): HeaderWalk {
    const walk = new HeaderWalk(() => this.#isOver);
    this.#walks.push(walk);
    return walk;
  }
}

/** Node makes them from the lines, which must not count as the application's look at them. */
function distinctHeaders(request: IncomingMessage, rawHeaders: readonly string[]): object {
  const unobserved = Object.create(request, { rawHeaders: { value: rawHeaders } });
  const headers: unknown = Reflect.get(Object.getPrototypeOf(request), 'headersDistinct', unobserved);
  return typeof headers === 'object' && headers !== null ? headers : {};
}
