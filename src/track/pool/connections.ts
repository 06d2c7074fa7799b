import { AsyncResource } from 'node:async_hooks';

type Listener = (...given: unknown[]) => void;

/** The part of a driver's pool, or of the pool within Knex (`knex.client.pool`), that is used. */
export interface EmittingPool {
  on(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

/**
 * Follows each connection of a pool, once. A query or callback that waited for one would run in the async context of
 * the page that released it, and read for that page. So each caller is called in its own context.
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

  /** `method`: the method by which the pool hands out connections, also for its own queries. */
  attach(method: string): void {
    const handOut: unknown = Reflect.get(this.#pool, method);
    if (typeof handOut === 'function')
      putBefore(this.#pool, method, (given) => Reflect.apply(handOut, this.#pool, given.map(bound)));
    this.#pool.on('acquire', this.#onAcquire);
    this.#pool.on('acquireSuccess', this.#onAcquireSuccess);
  }

  /** Stops following. The wrappers of methods stay, since others may have wrapped them, and pass everything on. */
  detach(): void {
    this.#isDetached = true;
    this.#pool.removeListener('acquire', this.#onAcquire);
    this.#pool.removeListener('acquireSuccess', this.#onAcquireSuccess);
  }

  /** For a driver's pool: called before it hands out a connection, including a new one. */
  readonly #onAcquire: Listener = (connection) => this.#meet(connection as object);
  /** For Knex's pool. */
  readonly #onAcquireSuccess: Listener = (_id, connection) => this.#meet(connection as object);

  #meet(connection: object): void {
    if (this.#known.has(connection)) return;
    this.#known.add(connection);
    this.#follow(connection);
  }
}

/** Puts a function before a method, only on this object. */
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
