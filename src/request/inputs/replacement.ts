import type { IncomingMessage } from 'node:http';

/** The properties with a request's headers that can be replaced. */
type HeadersName = 'headers' | 'headersDistinct' | 'rawHeaders';

/** What stands in the place of a property, until it is removed. */
interface Substitute {
  readonly get: () => object;
  /** The substitute of another instance that stood there before. `undefined` if there was none. */
  readonly below: Substitute | undefined;
}

/** The substitutes of a request. An object that has the request as its prototype finds them too. */
interface Substitutes {
  readonly request: IncomingMessage;
  readonly tops: Map<HeadersName, Substitute | undefined>;
}

const substitutes = Symbol('substitutes');

type ReplacedRequest = IncomingMessage & { readonly [substitutes]: Substitutes };

/**
 * The same functions for all requests. If an object has a getter of its own, V8 no longer knows its shape, and then
 * every property that the app reads is slow.
 */
const accessors: Readonly<Record<HeadersName, PropertyDescriptor>> = {
  headers: accessorOf('headers'),
  headersDistinct: accessorOf('headersDistinct'),
  rawHeaders: accessorOf('rawHeaders'),
};

function accessorOf(name: HeadersName): PropertyDescriptor {
  return {
    ...{ configurable: true, enumerable: false },
    get(this: ReplacedRequest) {
      const { request, tops } = this[substitutes];
      return tops.get(name)?.get() ?? Reflect.get(Object.getPrototypeOf(request), name, this);
    },
    set(this: ReplacedRequest, value: unknown) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    },
  };
}

/**
 * Puts other headers in the place of a request's own. They are properties of this one request, in front of the getters
 * of its prototype, so no other request is affected.
 */
export class Replacement {
  readonly #request: IncomingMessage;
  readonly #undo: (() => void)[] = [];

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  /** Puts what `make` returns in the place of a property. `make` is called at most once, at the first read or now. */
  put(name: HeadersName, make: () => object): void {
    const own = Object.getOwnPropertyDescriptor(this.#request, name);
    if (own !== undefined && own.get !== accessors[name].get) this.#putInPlaceOf(own, name, make());
    else this.#putBefore(name, make);
  }

  /** Gives the request its own headers again, except what the application has put there. */
  undo(): void {
    for (const undo of this.#undo) undo();
  }

  /** Replaces a property of the request itself: Node's lines, or what an adapter has put there. */
  #putInPlaceOf(own: PropertyDescriptor, name: HeadersName, made: object): void {
    const request = this.#request;
    const isValue = own.writable === true;
    if (isValue) Reflect.set(request, name, made);
    else Object.defineProperty(request, name, { value: made, writable: true, configurable: true });
    this.#undo.push(() => {
      if (Object.getOwnPropertyDescriptor(request, name)?.value !== made) return;
      if (isValue) Reflect.set(request, name, own.value);
      else Object.defineProperty(request, name, own);
    });
  }

  #putBefore(name: HeadersName, make: () => object): void {
    const request = this.#request;
    const { tops } = substitutesOf(request);
    const below = tops.get(name);
    let made: object | undefined;
    const get = () => {
      made ??= make();
      return made;
    };
    const top = { get, below };
    tops.set(name, top);
    if (!Object.hasOwn(request, name)) Object.defineProperty(request, name, accessors[name]);
    this.#undo.push(() => {
      if (tops.get(name) === top) tops.set(name, below);
    });
  }
}

function substitutesOf(request: IncomingMessage & { readonly [substitutes]?: Substitutes }): Substitutes {
  const known = Object.hasOwn(request, substitutes) ? request[substitutes] : undefined;
  if (known !== undefined) return known;
  const made: Substitutes = { request, tops: new Map() };
  Object.defineProperty(request, substitutes, { value: made });
  return made;
}
