import type { QueryRunner } from './query-event.js';

interface SentQuery {
  readonly query: string;
  readonly owner: object;
}

/** Queries whose answers have not come. TypeORM does not say which query an answer belongs to. */
export class SentQueries {
  readonly #sent = new WeakMap<QueryRunner, SentQuery[]>();

  /** Remembers a query. Returns the owner of its changes. */
  add(queryRunner: QueryRunner, query: string): object {
    const owner = {};
    const sent = this.#sent.get(queryRunner) ?? [];
    sent.push({ query, owner });
    this.#sent.set(queryRunner, sent);
    return owner;
  }

  /** Returns the owner of the first query with this text, because connections answer in order. */
  take(queryRunner: QueryRunner, query: string): object | undefined {
    const sent = this.#sent.get(queryRunner) ?? [];
    const at = sent.findIndex((one) => one.query === query);
    return at === -1 ? undefined : sent.splice(at, 1)[0]?.owner;
  }
}
