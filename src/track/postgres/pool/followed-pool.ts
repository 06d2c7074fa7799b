import { AsyncResource } from 'node:async_hooks';
import { noteReads } from '../../pool/reads.js';
import type { ModelStatements } from '../../sql/model-statements.js';
import type { Tracker } from '../../tracker.js';
import { isSubmittable, type PgCall, readCall } from './call.js';
import type { Catalogue } from './catalogue.js';
import { Line } from './line.js';
import { observe } from './observe.js';
import type { PgOutcome } from './outcome.js';
import { calledIn, mayMatter, plain } from './text.js';
import { type PgClient, PgTransactions } from './transactions.js';

/** What of pg's Pool, or of the pool within Knex (`knex.client.pool`), is used. */
export interface PgPool {
  readonly connect?: (...given: never[]) => unknown;
  on(event: string, listener: (...given: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...given: unknown[]) => void): unknown;
}

export interface FollowedParts {
  readonly tracker: Tracker;
  readonly statements: ModelStatements;
  readonly views: Readonly<Record<string, readonly string[]>>;
  readonly procedures: Readonly<Record<string, readonly string[]>>;
  readonly catalogue: Catalogue;
}

/**
 * Follows each connection, which knows its transaction. A query, or a callback, that waited for one would run in the async
 * context of the page that gave it back, and its reads would be that page's; so whoever asks is called in his own.
 */
export class FollowedPool {
  readonly #pool: PgPool;
  readonly #parts: FollowedParts;
  readonly #clients = new WeakSet<object>();
  /** The texts of prepared statements, by their names. */
  readonly #named = new Map<string, string>();
  readonly #warned = new Set<string>();
  #isDetached = false;

  constructor(pool: PgPool, parts: FollowedParts) {
    this.#pool = pool;
    this.#parts = parts;
  }

  attach(): void {
    const { connect } = this.#pool;
    // Its own `query` goes this way too.
    if (connect !== undefined)
      replace(this.#pool, 'connect', (given) => runOf(connect, this.#pool)(given.map(bound)));
    this.#pool.on('acquire', this.#onAcquire);
    this.#pool.on('acquireSuccess', this.#onAcquireSuccess);
  }

  /** What was put before methods stays, since others may have been put before it, and lets everything pass. */
  detach(): void {
    this.#isDetached = true;
    this.#pool.removeListener('acquire', this.#onAcquire);
    this.#pool.removeListener('acquireSuccess', this.#onAcquireSuccess);
  }

  /** pg's pool, before a client is handed out; new ones too. */
  readonly #onAcquire = (client: unknown) => this.#follow(client as PgClient);
  /** Knex's pool. */
  readonly #onAcquireSuccess = (_id: unknown, client: unknown) => this.#follow(client as PgClient);

  #follow(client: PgClient): void {
    if (this.#clients.has(client)) return;
    this.#clients.add(client);
    const { query } = client;
    const transactions = new PgTransactions(client, {
      ...this.#parts,
      warnOf: this.#warnOf,
      send: runOf(query, client),
    });
    const line = new Line();
    const followed = (given: readonly unknown[]) =>
      this.#queryOfClient(given, { client, query, transactions, line });
    replace(client, 'query', followed);
  }

  #queryOfClient(given: readonly unknown[], followed: FollowedClient): unknown {
    const { client, query, transactions, line } = followed;
    const run = line.behind(runOf(query, client));
    const call = readCall(given, this.#named);
    if (call === undefined || this.#isDetached) return run(given);
    this.#remember(given[0], call);
    const isReading = this.#parts.tracker.isReading();
    const matters = mayMatter(call.text);
    if (!isReading && !matters) return run(given);
    if (matters) line.waitFor(transactions.intend(call));
    // A page may have been sent when the stream that it was made from ends.
    if (isReading && isSubmittable(given[0])) this.#read(call, { commands: [], rows: undefined });
    return observe(run, given, (outcome) => {
      if (isReading) this.#read(call, outcome);
      return matters ? transactions.settled(call, outcome) : undefined;
    });
  }

  #read({ text, values }: PgCall, { rows }: PgOutcome): undefined {
    const { procedures } = this.#parts;
    const isKnown = (verb: string) =>
      verb === 'CALL' && calledIn(plain(text)).every((name) => name in procedures);
    noteReads(this.#parts, { sql: text, parameters: values, rows }, isKnown);
  }

  /** A prepared statement may be run again by its name alone. */
  #remember(config: unknown, { text }: PgCall): void {
    const name: unknown =
      typeof config === 'object' && config !== null ? Reflect.get(config, 'name') : undefined;
    if (typeof name === 'string' && text !== '') this.#named.set(name, text);
  }

  readonly #warnOf = (command: string) => {
    if (this.#warned.has(command)) return;
    this.#warned.add(command);
    this.#parts.tracker.report(
      new Error(
        `${command} may write tables that it does not name, so all pages are deleted; name those of a procedure in the option \`procedures\``,
      ),
    );
  };
}

interface FollowedClient {
  readonly client: PgClient;
  readonly query: Query;
  readonly transactions: PgTransactions;
  readonly line: Line;
}

type Query = (...given: never[]) => unknown;

/** Puts a function before a method, on the object alone. */
function replace(
  target: object,
  method: 'query' | 'connect',
  followed: (given: readonly unknown[]) => unknown,
): void {
  const value = (...given: readonly unknown[]) => followed(given);
  Object.defineProperty(target, method, { value, writable: true, configurable: true });
}

function bound(value: unknown): unknown {
  return typeof value === 'function' ? AsyncResource.bind(value as () => unknown) : value;
}

function runOf(query: Query, target: object) {
  return (given: readonly unknown[]): unknown => Reflect.apply(query, target, given);
}
