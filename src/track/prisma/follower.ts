import type { Catalogue } from '../catalogue/catalogue.js';
import { defines } from '../catalogue/catalogue.js';
import { ModelStatements, noteRead, type StatementChanges } from '../sql/model-statements.js';
import { mysqlSql } from '../sql/mysql/dialect.js';
import { mayWrite } from '../sql/statement.js';
import type { Tracker } from '../tracker.js';
import type { PrismaModels } from './models/models.js';
import { readsOfOperation } from './reads.js';
import { Answers } from './requests/answers.js';
import { nameOf, operationOf, transactionOf } from './requests/operation.js';
import { type RawQuery, rawQueryOf } from './requests/raw-query.js';
import type { PrismaRequest, RootFollower } from './requests/root.js';
import { type EngineTransaction, isLost, type PrismaTransactions } from './transactions.js';
import { changesOfOperation, isWrite } from './writes.js';

export interface FollowerParts {
  readonly tracker: Tracker;
  readonly models: PrismaModels;
  readonly transactions: PrismaTransactions;
  readonly catalogue: Catalogue;
  /** Loads the catalogue, through any connection. */
  readonly prepare: () => Promise<void> | undefined;
  /** Identifies the site: its clients are followed together. */
  readonly site: object;
}

type Run = () => Promise<unknown>;

/** Runs every request of a client, and reports to the tracker what it has read and written. */
export class Follower implements RootFollower {
  readonly #parts: FollowerParts;
  readonly #statements: ModelStatements;
  readonly #answers: Answers;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    const { models, site } = parts;
    this.#statements = new ModelStatements(models, models.isLoose ? mysqlSql : undefined);
    this.#answers = new Answers(site);
  }

  /** Runs what an application asks for. An answer that an extension gives without a followed client may be anything. */
  async ask(request: PrismaRequest, run: Run): Promise<unknown> {
    const { tracker, transactions } = this.#parts;
    const isChange = this.#mayWrite(request);
    if (!isChange && !tracker.isReading()) return await run();
    const { result, isSent } = await this.#answers.watch(run);
    if (isSent || this.#isQuestion(request)) return result;
    const reason = `an extension of the client answers ${nameOf(request)} by itself; ${TO_SEE}`;
    if (isChange) {
      const found = { steps: [], changes: [], unclear: reason };
      await transactions.tell(transactionOf(request), found, { owner: {}, isLost: false });
    } else tracker.readAnything(reason);
    return result;
  }

  async send(request: PrismaRequest, run: Run): Promise<unknown> {
    this.#answers.note();
    if (this.#isQuestion(request)) return await run();
    const { transactions, prepare } = this.#parts;
    const id = transactionOf(request);
    // In a transaction, there may be no other connection for the query.
    if (id === undefined) await prepare();
    return await transactions.within(id, async () => {
      const alone = this.#mayWrite(request)
        ? await transactions.intend(id, this.#changes(request, undefined))
        : {};
      let result: unknown;
      let failure: unknown;
      try {
        result = await run();
        return result;
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        // A request that failed may have been carried out: its answer can be lost.
        this.#read(request, result);
        const found = this.#changes(request, result);
        await transactions.tell(id, found, { owner: alone, isLost: isLost(failure) });
      }
    });
  }

  transaction(given: EngineTransaction, run: Run): Promise<unknown> {
    return this.#parts.transactions.run(given, run);
  }

  #isQuestion({ model, args }: PrismaRequest): boolean {
    return model === undefined && this.#parts.catalogue.isQuestion(this.#rawQuery(args).sql);
  }

  /** Whether a request may write; a cheap check, because most requests read. */
  #mayWrite({ model, action, args }: PrismaRequest): boolean {
    return model === undefined ? mayWrite(this.#rawQuery(args).sql) : isWrite(action);
  }

  #read(request: PrismaRequest, result: unknown): void {
    const { tracker, models, transactions } = this.#parts;
    if (!tracker.isReading()) return;
    transactions.reads(transactionOf(request));
    try {
      const operation = operationOf(request);
      if (operation === undefined) this.#readRaw(request, result);
      else readsOfOperation(models, operation, { result, tracker });
    } catch (error) {
      tracker.report(error);
      tracker.readAnything(`what ${nameOf(request)} reads is not known`);
    }
  }

  #readRaw({ args }: PrismaRequest, rows: unknown): void {
    const { sql, parameters } = this.#rawQuery(args);
    const { tracker } = this.#parts;
    const { reads, unclear } = this.#statements.reads({ sql, parameters, rows });
    for (const read of reads) noteRead(tracker, read);
    if (unclear !== undefined) tracker.readAnything(unclear);
  }

  #rawQuery(args: unknown): RawQuery {
    return rawQueryOf(args, this.#parts.models.isLoose ? () => '?' : (index) => `$${index}`);
  }

  #changes(request: PrismaRequest, result: unknown): StatementChanges {
    const { tracker, models } = this.#parts;
    try {
      const operation = operationOf(request);
      if (operation === undefined) return this.#rawChanges(request);
      const isChange = isWrite(operation.operation);
      return { steps: [], changes: isChange ? changesOfOperation(models, operation, result) : [] };
    } catch (error) {
      tracker.report(error);
      return { steps: [], changes: [], unclear: `what ${nameOf(request)} writes is not known` };
    }
  }

  #rawChanges({ args }: PrismaRequest): StatementChanges {
    const { models } = this.#parts;
    const { sql, parameters } = this.#rawQuery(args);
    const { changes, ...others } = this.#statements.changes(sql, parameters);
    if (mayWrite(sql) && defines(sql)) this.#parts.catalogue.forget();
    // Rows that refer to truncated, replaced or renumbered rows change with them.
    const all = changes.flatMap((change) => (change.action === 'unknown' ? models.moved(change) : [change]));
    return { ...others, changes: all };
  }
}

const TO_SEE =
  'let it call query(), or use a client that trackPrisma() follows; or read in untracked() and name tags with tag()';
