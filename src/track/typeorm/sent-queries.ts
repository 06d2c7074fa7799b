import type { QueryRunner } from './query-event.js';

interface SentQuery {
  readonly query: string;
  readonly owner: object;
}

/** Queries whose answers have not come; TypeORM does not say which question an answer belongs to. */
export class SentQueries {
  readonly #sent = new WeakMap<QueryRunner, SentQuery[]>();

  /** Gives what owns the changes of a query. */
  add(queryRunner: QueryRunner, query: string): object {
    const owner = {};
    const sent = this.#sent.get(queryRunner) ?? [];
    sent.push({ query, owner });
    this.#sent.set(queryRunner, sent);
    return owner;
  }

  /** Connections answer in order. */
  take(queryRunner: QueryRunner, query: string): object | undefined {
    const sent = this.#sent.get(queryRunner) ?? [];
    const at = sent.findIndex((one) => one.query === query);
    return at === -1 ? undefined : sent.splice(at, 1)[0]?.owner;
  }
}
