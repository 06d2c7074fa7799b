import type { Catalogue } from '../../catalogue/catalogue.js';
import { type EmittingPool, FollowedConnections, putBefore } from '../../pool/connections.js';
import { Line } from '../../pool/line.js';
import { noteReads } from '../../pool/reads.js';
import type { ModelStatements } from '../../sql/model-statements.js';
import type { Tracker } from '../../tracker.js';
import { behind } from './behind.js';
import { isSubmittable, type PgCall, readCall } from './call.js';
import { observe } from './observe.js';
import type { PgOutcome } from './outcome.js';
import { calledIn, mayMatter, plain } from './text.js';
import { type PgClient, PgTransactions } from './transactions.js';

/** The part of pg's Pool, or of the pool within Knex (`knex.client.pool`), that is used. */
export interface PgPool extends EmittingPool {
  readonly connect?: (...given: never[]) => unknown;
}

export interface FollowedParts {
  readonly tracker: Tracker;
  readonly statements: ModelStatements;
  readonly views: Readonly<Record<string, readonly string[]>>;
  readonly procedures: Readonly<Record<string, readonly string[]>>;
  readonly catalogue: Catalogue;
}

/** Follows the queries of each connection, each with its own transaction. */
export class FollowedPool {
  readonly #parts: FollowedParts;
  readonly #connections: FollowedConnections;
  /** The texts of prepared statements, by their names. */
  readonly #named = new Map<string, string>();
  readonly #warned = new Set<string>();

  constructor(pool: PgPool, parts: FollowedParts) {
    this.#parts = parts;
    this.#connections = new FollowedConnections(pool, (one) => this.#follow(one as PgClient));
  }

  attach(): void {
    this.#connections.attach('connect');
  }

  detach(): void {
    this.#connections.detach();
  }

  #follow(client: PgClient): void {
    const { query } = client;
    const transactions = new PgTransactions(client, {
      ...this.#parts,
      warnOf: this.#warnOf,
      send: runOf(query, client),
    });
    const line = new Line();
    const followed = (given: readonly unknown[]) =>
      this.#queryOfClient(given, { client, query, transactions, line });
    putBefore(client, 'query', followed);
  }

  #queryOfClient(given: readonly unknown[], followed: FollowedClient): unknown {
    const { client, query, transactions, line } = followed;
    const run = behind(line, runOf(query, client));
    const call = readCall(given, this.#named);
    if (call === undefined || this.#connections.isDetached) return run(given);
    this.#remember(given[0], call);
    const isReading = this.#parts.tracker.isReading();
    const matters = mayMatter(call.text);
    if (!isReading && !matters) return run(given);
    const ready = matters ? transactions.intend(call) : transactions.prepare();
    const read = (outcome: PgOutcome) => {
      transactions.reads();
      this.#read(call, outcome);
    };
    line.waitFor(isReading && isSubmittable(given[0]) ? readAhead(read, ready) : ready);
    return observe(run, given, (outcome) => {
      if (isReading) read(outcome);
      return matters ? transactions.settled(call, outcome) : undefined;
    });
  }

  #read({ text, values }: PgCall, { rows }: PgOutcome): undefined {
    const { procedures } = this.#parts;
    const isKnown = (verb: string) =>
      verb === 'CALL' && calledIn(plain(text)).every((name) => name in procedures);
    noteReads(this.#parts, { sql: text, parameters: values, rows }, isKnown);
  }

  /** Remembers the text of a prepared statement, which may be run again by its name alone. */
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

/** A page may have been sent when its stream ends, so the reads are noted ahead, once the catalogue is known. */
function readAhead(
  read: (outcome: PgOutcome) => void,
  ready: Promise<void> | undefined,
): Promise<void> | undefined {
  const ahead = () => read({ commands: [], rows: undefined });
  return ready === undefined ? void ahead() : ready.then(ahead);
}

type Query = (...given: never[]) => unknown;

function runOf(query: Query, target: object) {
  return (given: readonly unknown[]): unknown => Reflect.apply(query, target, given);
}
