import type { QueryOptions, SequelizeQuery } from './sequelize.js';

/** What was noted before a query is sent. */
export interface Intended {
  /** The owner of its changes, if it is in no transaction. */
  readonly owner?: object;
  /** The query waits for this promise before it is sent. */
  readonly noted?: Promise<void> | undefined;
}

/** The owner of a query's changes, and its failure. */
interface SentQuery {
  owner: object;
  failure: { readonly error: unknown } | undefined;
}

export interface SentQueriesParts {
  /** Called before everything else. Returns a promise if the query must wait for it. */
  readonly prepare: (options: QueryOptions, query: SequelizeQuery, sql: string) => Promise<void> | undefined;
  readonly intend: (options: QueryOptions, sql: string) => Intended;
}

/** Queries whose answers have not come. No hook knows their text before they are sent, or their error afterwards. */
export class SentQueries {
  readonly #parts: SentQueriesParts;
  readonly #sent = new WeakMap<SequelizeQuery, SentQuery>();

  constructor(parts: SentQueriesParts) {
    this.#parts = parts;
  }

  /** Notes what a query changes as soon as its text is known, and keeps its error. */
  follow(options: QueryOptions, query: SequelizeQuery): void {
    const { run } = query;
    if (typeof run !== 'function') return;
    query.run = async (...given) => {
      const sql = String(given[0]);
      const prepared = this.#parts.prepare(options, query, sql);
      if (prepared !== undefined) await prepared;
      const { owner = {}, noted } = this.#parts.intend(options, sql);
      const sent: SentQuery = { owner, failure: undefined };
      this.#sent.set(query, sent);
      if (noted !== undefined) await noted;
      try {
        return await Reflect.apply(run, query, given);
      } catch (error) {
        sent.failure = { error };
        throw error;
      }
    };
  }

  /** Returns what is known about a query that has its answer. */
  take(query: SequelizeQuery): SentQuery {
    return this.#sent.get(query) ?? { owner: {}, failure: undefined };
  }
}

/** Sends another query through the connection of a query. Returns the rows, as Sequelize gives those of a SELECT. */
export async function askThrough(query: SequelizeQuery, sql: string): Promise<unknown> {
  const { connection, sequelize } = query as SequelizeQuery & { readonly sequelize?: unknown };
  const options = { type: 'SELECT', raw: true, logging: false };
  const own: unknown = Reflect.construct(query.constructor, [connection, sequelize, options]);
  return await (own as SequelizeQuery).run?.(sql, []);
}
