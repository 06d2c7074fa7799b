import type { QueryOptions, SequelizeQuery } from './sequelize.js';

/** What was noted before a query is sent. */
export interface Intended {
  /** What owns its changes, if it is in no transaction. */
  readonly owner?: object;
  /** To be waited for before it is sent. */
  readonly noted?: Promise<void> | undefined;
}

/** What became of a query. */
interface SentQuery {
  owner: object;
  failure: { readonly error: unknown } | undefined;
}

type Intend = (options: QueryOptions, sql: string) => Intended;

/** Queries whose answers have not come. No hook knows their text before they are sent, nor their error afterwards. */
export class SentQueries {
  readonly #intend: Intend;
  readonly #sent = new WeakMap<SequelizeQuery, SentQuery>();

  constructor(intend: Intend) {
    this.#intend = intend;
  }

  /** Has something noted when the text of a query is known, and sees its error. */
  follow(options: QueryOptions, query: SequelizeQuery): void {
    const { run } = query;
    if (typeof run !== 'function') return;
    query.run = async (...given) => {
      const { owner = {}, noted } = this.#intend(options, String(given[0]));
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

  /** What is known of a query that has its answer. */
  take(query: SequelizeQuery): SentQuery {
    return this.#sent.get(query) ?? { owner: {}, failure: undefined };
  }
}
