import type { IncomingMessage } from 'node:http';

/** What stands before a property of the request. */
interface Replaced {
  readonly original: PropertyDescriptor | undefined;
  readonly get: () => object;
}

/**
 * Puts other headers in the place of a request's. They stand on this one request, before the getters of its prototype, and
 * are made when they are first asked for: no other request notices.
 */
export class Replacement {
  readonly #request: IncomingMessage;
  readonly #replaced = new Map<string, Replaced>();

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  put(name: 'headers' | 'headersDistinct' | 'rawHeaders', make: () => object): void {
    const request = this.#request;
    let made: object | undefined;
    const get = () => {
      made ??= make();
      return made;
    };
    const original = Object.getOwnPropertyDescriptor(request, name);
    this.#replaced.set(name, { original, get });
    Object.defineProperty(request, name, {
      ...{ configurable: true, enumerable: original?.enumerable ?? false, get },
      set: (value: unknown) =>
        Object.defineProperty(request, name, { value, writable: true, configurable: true, enumerable: true }),
    });
  }

  /** The request has its own again, but for what the application has put there. */
  undo(): void {
    for (const [name, { original, get }] of this.#replaced) {
      if (Object.getOwnPropertyDescriptor(this.#request, name)?.get !== get) continue;
      Reflect.deleteProperty(this.#request, name);
      if (original !== undefined) Object.defineProperty(this.#request, name, original);
    }
  }
}
