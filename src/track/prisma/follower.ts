import type { Change } from '../change.js';
import { ModelStatements } from '../sql/model-statements.js';
import type { Tracker } from '../tracker.js';
import type { PrismaModels } from './models/models.js';
import { operationOf, type PrismaQuery, transactionOf } from './operation.js';
import { rawQueryOf } from './raw-query.js';
import { readsOfOperation } from './reads.js';
import type { PrismaTransactions } from './transactions.js';
import { changesOfOperation, isWrite } from './writes.js';

export interface FollowerParts {
  readonly tracker: Tracker;
  readonly models: PrismaModels;
  readonly transactions: PrismaTransactions;
}

/** Runs every query of a client, and tells the tracker what it has read and written. */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #statements: ModelStatements;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#statements = new ModelStatements(parts.models);
  }

  async follow(query: PrismaQuery): Promise<unknown> {
    const { transactions } = this.#parts;
    if (transactions.isQuestion(query.args)) return query.__internalParams.transaction?.id;
    const id = transactionOf(query);
    return await transactions.within(id, async () => {
      let result: unknown;
      try {
        result = await query.query(query.args);
        return result;
      } finally {
        // One that failed may have been carried out: its answer can be lost.
        this.#read(query, result);
        await transactions.tell(id, this.#changes(query, result));
      }
    });
  }

  #read(query: PrismaQuery, result: unknown): void {
    const { tracker, models } = this.#parts;
    if (!tracker.isReading()) return;
    try {
      const operation = operationOf(query);
      if (operation === undefined) this.#readRaw(query, result);
      else readsOfOperation(models, operation, { result, read: (entity, id) => tracker.read(entity, id) });
    } catch (error) {
      tracker.report(error);
      for (const name of models.names()) tracker.read(name);
    }
  }

  #readRaw({ args }: PrismaQuery, rows: unknown): void {
    const { sql, parameters } = rawQueryOf(args);
    for (const { entity, id } of this.#statements.reads(sql, parameters, rows))
      this.#parts.tracker.read(entity, id);
  }

  #changes(query: PrismaQuery, result: unknown): readonly Change[] {
    const { tracker, models } = this.#parts;
    try {
      const operation = operationOf(query);
      if (operation === undefined) return this.#rawChanges(query);
      return isWrite(operation.operation) ? changesOfOperation(models, operation, result) : [];
    } catch (error) {
      tracker.report(error);
      return models.names().map((entity) => ({ entity, action: 'unknown' }));
    }
  }

  #rawChanges({ args }: PrismaQuery): readonly Change[] {
    const { models } = this.#parts;
    const { sql, parameters } = rawQueryOf(args);
    // What refers to rows that are truncated, replaced or renumbered changes with them.
    return this.#statements
      .changes(sql, parameters)
      .flatMap((change) => (change.action === 'unknown' ? models.moved(change) : [change]));
  }
}
