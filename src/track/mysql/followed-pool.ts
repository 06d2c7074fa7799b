import { type EmittingPool, FollowedConnections, putBefore } from '../pool/connections.js';
import { Line } from '../pool/line.js';
import { noteReads } from '../pool/reads.js';
import { mayWrite } from '../sql/statement.js';
import type { LostConnection } from '../tracker.js';
import { calledIn } from './calls.js';
import { isPreparation, isStream, type MysqlCall, type MysqlCommand, observe, readCall } from './command.js';
import { type MysqlParts, MysqlTransactions } from './transactions.js';

/** The part of a pool of mysql2, or of the pool within Knex (`knex.client.pool`), that is used. */
export interface MysqlPool extends EmittingPool {
  /** In a pool of `mysql2/promise`, the pool on which it is based. */
  readonly pool?: object;
}

/** The members of a connection through which all commands pass. */
interface MysqlConnection extends LostConnection {
  query(sql: string, callback: (error: unknown, rows: unknown) => void): unknown;
  addCommand(command: MysqlCommand): unknown;
  /** The error after which the connection carries out nothing. */
  readonly _fatalError?: unknown;
  readonly _protocolError?: unknown;
}

function ask(connection: MysqlConnection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, rowsAsArray: false } as never, (error, rows) =>
      isSet(error) ? reject(error) : resolve(rows),
    );
  });
}

function isSet(error: unknown): boolean {
  return error !== undefined && error !== null;
}

/** Follows the commands of each connection, each with its own transaction. */
export class FollowedPool {
  readonly #parts: MysqlParts;
  readonly #connections: FollowedConnections;

  constructor(pool: MysqlPool, parts: MysqlParts) {
    const own = pool.pool === undefined ? pool : (pool.pool as MysqlPool);
    this.#parts = parts;
    this.#connections = new FollowedConnections(own, (one) => this.#follow(one as MysqlConnection));
  }

  attach(): void {
    this.#connections.attach('getConnection');
  }

  detach(): void {
    this.#connections.detach();
  }

  #follow(connection: MysqlConnection): void {
    const { addCommand } = connection;
    const transactions = new MysqlTransactions(connection, this.#parts, (sql) => ask(connection, sql));
    const line = new Line();
    putBefore(connection, 'addCommand', (given) => {
      const [command] = given;
      const { sql } = command as MysqlCommand;
      // The commands that wait in the line may wait for the answer to this question.
      if (typeof sql === 'string' && this.#parts.catalogue.isQuestion(sql))
        return Reflect.apply(addCommand, connection, given);
      line.waitFor(this.#observe(command as MysqlCommand, transactions));
      if (!line.isWaiting) return Reflect.apply(addCommand, connection, given);
      void line.send(() => {
        // A broken connection has another `addCommand`, which answers every command with an error.
        const isBroken = isSet(connection._fatalError) || isSet(connection._protocolError);
        Reflect.apply(isBroken ? connection.addCommand : addCommand, connection, given);
      });
      return command;
    });
  }

  /** Observes a command. Returns a promise if the command must wait for it before it is sent. */
  #observe(command: MysqlCommand, transactions: MysqlTransactions): Promise<void> | undefined {
    const call = readCall(command);
    if (call === undefined && !isPreparation(command)) transactions.unsure();
    if (call === undefined || this.#connections.isDetached) return undefined;
    transactions.begin(call);
    const isReading = this.#parts.tracker.isReading();
    const matters = mayWrite(call.text);
    if (!isReading && !matters) return undefined;
    observe(command, (outcome) => {
      if (isReading) this.#read(call, outcome.rows, transactions);
      return matters ? transactions.settled(call, outcome) : undefined;
    });
    const ready = matters ? transactions.intend(call) : transactions.prepare();
    if (!isReading || !isStream(command)) return ready;
    // A page may have been sent when its stream ends, so the reads are noted ahead, once the catalogue is known.
    const read = () => this.#read(call, undefined, transactions);
    return ready === undefined ? read() : ready.then(read);
  }

  #read({ text, values }: MysqlCall, rows: unknown, transactions: MysqlTransactions): undefined {
    transactions.reads();
    const { statements } = transactions;
    const { procedures } = this.#parts;
    const isKnown = (verb: string) => verb === 'CALL' && calledIn(text).every((name) => name in procedures);
    return noteReads({ ...this.#parts, statements }, { sql: text, parameters: values, rows }, isKnown);
  }
}
