import { AsyncResource } from 'node:async_hooks';

type Listener = (...given: unknown[]) => void;

/** What of a driver's pool, or of the pool within Knex (`knex.client.pool`), is used. */
export interface EmittingPool {
  on(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

/**
 * Follows each connection of a pool, once. A query, or a callback, that waited for one would run in the async context of the
 * page that gave it back, and its reads would be that page's; so whoever asks is called in his own.
 */
export class FollowedConnections {
  readonly #pool: EmittingPool;
  readonly #follow: (connection: object) => void;
  readonly #known = new WeakSet<object>();
  #isDetached = false;

  constructor(pool: EmittingPool, follow: (connection: object) => void) {
    this.#pool = pool;
    this.#follow = follow;
  }

  get isDetached(): boolean {
    return this.#isDetached;
  }

  /** `method`: how the pool hands out connections; its own queries go this way too. */
  attach(method: string): void {
    const handOut: unknown = Reflect.get(this.#pool, method);
    if (typeof handOut === 'function')
      putBefore(this.#pool, method, (given) => Reflect.apply(handOut, this.#pool, given.map(bound)));
    this.#pool.on('acquire', this.#onAcquire);
    this.#pool.on('acquireSuccess', this.#onAcquireSuccess);
  }

  /** What was put before methods stays, since others may have been put before it, and lets everything pass. */
  detach(): void {
    this.#isDetached = true;
    this.#pool.removeListener('acquire', this.#onAcquire);
    this.#pool.removeListener('acquireSuccess', this.#onAcquireSuccess);
  }

  /** Of a driver's pool, before a connection is handed out; new ones too. */
  readonly #onAcquire: Listener = (connection) => this.#meet(connection as object);
  /** Of Knex's pool. */
  readonly #onAcquireSuccess: Listener = (_id, connection) => this.#meet(connection as object);

  #meet(connection: object): void {
    if (this.#known.has(connection)) return;
    this.#known.add(connection);
    this.#follow(connection);
  }
}

/** Puts a function before a method, on the object alone. */
export function putBefore(
  target: object,
  method: string,
  followed: (given: readonly unknown[]) => unknown,
): void {
  const value = (...given: readonly unknown[]) => followed(given);
  Object.defineProperty(target, method, { value, writable: true, configurable: true });
}

function bound(value: unknown): unknown {
  return typeof value === 'function' ? AsyncResource.bind(value as () => unknown) : value;
}
