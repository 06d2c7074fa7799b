import { type Catalogue, defines } from '../catalogue/catalogue.js';
import { ModelStatements, noteRead, type StatementChanges } from '../sql/model-statements.js';
import { mysqlSql } from '../sql/mysql/dialect.js';
import { mayWrite } from '../sql/statement.js';
import type { Tracker } from '../tracker.js';
import type { PrismaModels } from './models/models.js';
import { operationOf, type PrismaQuery, transactionOf } from './operation.js';
import { type RawQuery, rawQueryOf } from './raw-query.js';
import { readsOfOperation } from './reads.js';
import { isLost, type PrismaTransactions } from './transactions.js';
import { changesOfOperation, isWrite } from './writes.js';

export interface FollowerParts {
  readonly tracker: Tracker;
  readonly models: PrismaModels;
  readonly transactions: PrismaTransactions;
  readonly catalogue: Catalogue;
  /** Has the catalogue read, through any connection. */
  readonly prepare: () => Promise<void> | undefined;
}

/** Runs every query of a client, and tells the tracker what it has read and written. */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #statements: ModelStatements;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#statements = new ModelStatements(parts.models, parts.models.isLoose ? mysqlSql : undefined);
  }

  async follow(query: PrismaQuery): Promise<unknown> {
    const { transactions } = this.#parts;
    if (transactions.isQuestion(query.args)) return query.__internalParams.transaction?.id;
    // In a transaction, there may be no other connection to ask through.
    if (query.__internalParams.transaction === undefined) await this.#parts.prepare();
    const id = transactionOf(query);
    return await transactions.within(id, async () => {
      const alone = this.#mayWrite(query)
        ? await transactions.intend(id, this.#changes(query, undefined))
        : {};
      let result: unknown;
      let failure: unknown;
      try {
        result = await query.query(query.args);
        return result;
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        // One that failed may have been carried out: its answer can be lost.
        this.#read(query, result);
        const found = this.#changes(query, result);
        await transactions.tell(id, found, { owner: alone, isLost: isLost(failure) });
      }
    });
  }

  /** A cheap look, since most queries read. */
  #mayWrite({ model, operation, args }: PrismaQuery): boolean {
    return model === undefined ? mayWrite(this.#rawQuery(args).sql) : isWrite(operation);
  }

  #read(query: PrismaQuery, result: unknown): void {
    const { tracker, models } = this.#parts;
    if (!tracker.isReading()) return;
    try {
      const operation = operationOf(query);
      if (operation === undefined) this.#readRaw(query, result);
      else readsOfOperation(models, operation, { result, tracker });
    } catch (error) {
      tracker.report(error);
      tracker.readAnything(`what ${query.model ?? ''} ${query.operation} reads is not known`);
    }
  }

  #readRaw({ args }: PrismaQuery, rows: unknown): void {
    const { sql, parameters } = this.#rawQuery(args);
    const { tracker } = this.#parts;
    const { reads, unclear } = this.#statements.reads({ sql, parameters, rows });
    for (const read of reads) noteRead(tracker, read);
    if (unclear !== undefined) tracker.readAnything(unclear);
  }

  #rawQuery(args: unknown): RawQuery {
    return rawQueryOf(args, this.#parts.models.isLoose ? () => '?' : (index) => `$${index}`);
  }

  #changes(query: PrismaQuery, result: unknown): StatementChanges {
    const { tracker, models } = this.#parts;
    try {
      const operation = operationOf(query);
      if (operation === undefined) return this.#rawChanges(query);
      const isChange = isWrite(operation.operation);
      return { steps: [], changes: isChange ? changesOfOperation(models, operation, result) : [] };
    } catch (error) {
      tracker.report(error);
      return {
        steps: [],
        changes: [],
        unclear: `what ${query.model ?? ''} ${query.operation} writes is not known`,
      };
    }
  }

  #rawChanges({ args }: PrismaQuery): StatementChanges {
    const { models } = this.#parts;
    const { sql, parameters } = this.#rawQuery(args);
    const { changes, ...others } = this.#statements.changes(sql, parameters);
    if (mayWrite(sql) && defines(sql)) this.#parts.catalogue.forget();
    // What refers to rows that are truncated, replaced or renumbered changes with them.
    const all = changes.flatMap((change) => (change.action === 'unknown' ? models.moved(change) : [change]));
    return { ...others, changes: all };
  }
}
