import { atCaller } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import type { Cluster } from '../bus.js';
import { type BusSettings, readSettings } from '../engine/settings.js';
import { PostgresBus, type PostgresClient } from './bus.js';

/** The name is a part of a channel's name, which PostgreSQL limits to 63 bytes. */
const NAMES = { pattern: /^[\w.:-]{1,40}$/, expected: 'up to 40 letters, digits and any of . : _ -' };

/**
 * A pool of the package `pg`. Only `options` and `Client` are used, to open connections as the pool does. The types of
 * `pg` do not have `Client`.
 */
export interface PoolOfConnections {
  readonly options: object;
}

/** How the hosts of a site share a PostgreSQL database. */
export interface PostgresBusOptions {
  /** Two sites in one schema need two names. Default: `staticgenerator`. */
  readonly name?: string;
  /**
   * How long a host serves pages without the database, in whole seconds, and how long a deletion waits for a host that has
   * died. The same on all hosts, at least 3. Default: 15.
   */
  readonly termSeconds?: number;
}

/**
 * Lets the hosts of a site share their invalidations through PostgreSQL (option `cluster`). The pool itself is not
 * used, so that neither waits for the other's queries: each process opens two connections of its own, as the pool opens
 * them. This call does not connect yet. Throws `ERR_OPTIONS` with every problem.
 */
export function postgresBus(pool: PoolOfConnections, options: PostgresBusOptions = {}): Cluster {
  const read = new OptionReader(options);
  read.refuseUnknown(['name', 'termSeconds']);
  if (!isPool(pool)) read.refuse('pool', 'a pool of the package pg, which has `options` and `Client`', pool);
  const settings = readSettings(read, NAMES);
  atCaller(postgresBus, () => read.throwProblems());
  const whole = pool as WholePool;
  return Object.freeze({
    termMilliseconds: settings.termMilliseconds,
    description: `${settings.name} in the PostgreSQL of the pool`,
    connect: () => new PostgresBus({ ...settings, makeClient: () => makeClient(whole, settings) }),
  });
}

interface WholePool extends PoolOfConnections {
  readonly Client: new (options: object) => PgClient;
}

function isPool(value: unknown): value is WholePool {
  if (typeof value !== 'object' || value === null) return false;
  return (
    typeof Reflect.get(value, 'options') === 'object' && typeof Reflect.get(value, 'Client') === 'function'
  );
}

/** The part of a client of `pg` that is used. */
interface PgClient {
  connect(): Promise<unknown>;
  query(text: string): Promise<PgResult | readonly PgResult[]>;
  on(event: 'notification' | 'error', listener: (told: { readonly channel: string }) => void): unknown;
  end(): Promise<unknown>;
  readonly connection?: { readonly stream?: { destroy?(): void } };
}

interface PgResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Creates a client with a timeout on the server too: a statement that runs late would report
 * what held at an earlier time.
 */
function makeClient(pool: WholePool, { timeoutMilliseconds }: BusSettings): PostgresClient {
  const { options } = pool;
  // `pg` makes these properties non-enumerable, so that they are not printed; the spread below does not copy them.
  const secrets = Object.fromEntries(
    ['password', 'ssl'].flatMap((name) => {
      const value: unknown = Reflect.get(options, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const client = new pool.Client({ ...options, ...secrets, connectionTimeoutMillis: timeoutMilliseconds });
  client.on('error', () => undefined);
  // A client of `pg` runs one query after the other.
  let before: Promise<unknown> = Promise.resolve();
  return {
    connect: async () => {
      await client.connect();
      // Not as a startup parameter of the connection: PgBouncer refuses that.
      await client.query(`set statement_timeout = ${Math.trunc(timeoutMilliseconds)}`);
    },
    query: (text) => {
      const result = before.then(() => client.query(text));
      before = result.catch(() => undefined);
      return result.then(lastOf);
    },
    onNotification: (listener) => void client.on('notification', ({ channel }) => listener(channel)),
    destroy: () => {
      client.connection?.stream?.destroy?.();
      client.end().catch(() => undefined);
    },
  };
}

/** Returns the rows of the last result: `pg` gives a list of results if a text has several statements. */
function lastOf(given: PgResult | readonly PgResult[]): PgResult['rows'] {
  const results: readonly PgResult[] = [given].flat();
  return results.at(-1)?.rows ?? [];
}
