import type { IncomingMessage } from 'node:http';

/** What an application finds in place of a request's headers. */
type HeadersName = 'headers' | 'headersDistinct' | 'rawHeaders';

/** What stands in the place of a property, until it is taken away. */
interface Substitute {
  readonly get: () => object;
  /** What stood there before, if that was a substitute, too: another instance's. */
  readonly below: Substitute | undefined;
}

/** The substitutes of a request; found by whatever has the request as its prototype, too. */
interface Substitutes {
  readonly request: IncomingMessage;
  readonly tops: Map<HeadersName, Substitute | undefined>;
}

const substitutes = Symbol('substitutes');

type ReplacedRequest = IncomingMessage & { readonly [substitutes]: Substitutes };

/**
 * The same functions for all requests. Of an object with a getter of its own, V8 knows the shape no more, and then every property
 * that the app looks at takes long.
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
 * Puts other headers in the place of a request's. They stand on this one request, before the getters of its prototype: no other
 * request notices.
 */
export class Replacement {
  readonly #request: IncomingMessage;
  readonly #undo: (() => void)[] = [];

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  /** `make` is called at most once, when somebody asks, or now. */
  put(name: HeadersName, make: () => object): void {
    const own = Object.getOwnPropertyDescriptor(this.#request, name);
    if (own !== undefined && own.get !== accessors[name].get) this.#putInPlaceOf(own, name, make());
    else this.#putBefore(name, make);
  }

  /** The request has its own again, but for what the application has put there. */
  undo(): void {
    for (const undo of this.#undo) undo();
  }

  /** Node's lines, and what an adapter has put there, are a property of the request. */
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
