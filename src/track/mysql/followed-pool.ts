import { AsyncResource } from 'node:async_hooks';
import { noteReads } from '../pool/reads.js';
import { mayWrite } from '../sql/statement.js';
import { calledIn } from './calls.js';
import { isPreparation, isStream, type MysqlCall, type MysqlCommand, observe, readCall } from './command.js';
import { type MysqlParts, MysqlTransactions } from './transactions.js';

/** What of a pool of mysql2, or of the pool within Knex (`knex.client.pool`), is used. */
export interface MysqlPool {
  /** Of a pool of `mysql2/promise`: the one that it stands on. */
  readonly pool?: object;
  on(event: string, listener: (...given: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...given: unknown[]) => void): unknown;
}

/** What all commands of a connection pass through, whoever makes them. */
interface MysqlConnection {
  addCommand(command: MysqlCommand): unknown;
}

/**
 * Follows each connection, which knows its transaction. A query, or a callback, that waited for one would run in the async
 * context of the page that gave it back, and its reads would be that page's; so whoever asks is called in his own.
 */
export class FollowedPool {
  readonly #pool: MysqlPool;
  readonly #parts: MysqlParts;
  readonly #connections = new WeakSet<object>();
  #isDetached = false;

  constructor(pool: MysqlPool, parts: MysqlParts) {
    this.#pool = pool.pool === undefined ? pool : (pool.pool as MysqlPool);
    this.#parts = parts;
  }

  attach(): void {
    const getConnection: unknown = Reflect.get(this.#pool, 'getConnection');
    // Its own `query` and `execute` go this way too.
    if (typeof getConnection === 'function')
      replace(this.#pool, 'getConnection', (given) =>
        Reflect.apply(getConnection, this.#pool, given.map(bound)),
      );
    this.#pool.on('acquire', this.#onAcquire);
    this.#pool.on('acquireSuccess', this.#onAcquireSuccess);
  }

  /** What was put before methods stays, since others may have been put before it, and lets everything pass. */
  detach(): void {
    this.#isDetached = true;
    this.#pool.removeListener('acquire', this.#onAcquire);
    this.#pool.removeListener('acquireSuccess', this.#onAcquireSuccess);
  }

  /** Before a connection is handed out; new ones too. */
  readonly #onAcquire = (connection: unknown) => this.#follow(connection as MysqlConnection);
  /** Knex's pool. */
  readonly #onAcquireSuccess = (_id: unknown, connection: unknown) =>
    this.#follow(connection as MysqlConnection);

  #follow(connection: MysqlConnection): void {
    if (this.#connections.has(connection)) return;
    this.#connections.add(connection);
    const transactions = new MysqlTransactions(connection, this.#parts);
    const { addCommand } = connection;
    replace(connection, 'addCommand', (given) => {
      this.#observe(given[0] as MysqlCommand, transactions);
      return Reflect.apply(addCommand, connection, given);
    });
  }

  #observe(command: MysqlCommand, transactions: MysqlTransactions): void {
    const call = readCall(command);
    if (call === undefined && !isPreparation(command)) transactions.unsure();
    if (call === undefined || this.#isDetached) return;
    const isReading = this.#parts.tracker.isReading();
    const matters = mayWrite(call.text);
    if (!isReading && !matters) return;
    // A page may have been sent when the stream that it was made from ends.
    if (isReading && isStream(command)) this.#read(call, undefined, transactions);
    observe(command, (outcome) => {
      if (isReading) this.#read(call, outcome.rows, transactions);
      return matters ? transactions.settled(call, outcome) : undefined;
    });
  }

  #read({ text, values }: MysqlCall, rows: unknown, { statements }: MysqlTransactions): void {
    const { procedures } = this.#parts;
    const isKnown = (verb: string) => verb === 'CALL' && calledIn(text).every((name) => name in procedures);
    noteReads({ ...this.#parts, statements }, { sql: text, parameters: values, rows }, isKnown);
  }
}

/** Puts a function before a method, on the object alone. */
function replace(
  target: object,
  method: 'addCommand' | 'getConnection',
  followed: (given: readonly unknown[]) => unknown,
): void {
  const value = (...given: readonly unknown[]) => followed(given);
  Object.defineProperty(target, method, { value, writable: true, configurable: true });
}

function bound(value: unknown): unknown {
  return typeof value === 'function' ? AsyncResource.bind(value as () => unknown) : value;
}
