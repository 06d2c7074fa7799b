import { mergeCascades } from '../cascades.js';
import { mayWrite, StatementReader } from '../sql/statement.js';
import { readsOf } from '../sql/table-reads.js';
import { changesOf } from '../sql/table-writes.js';
import type { Change, TrackOptions } from '../track-options.js';
import type { TrackablePages, Tracker } from '../tracker.js';
import { type PrismaDescription, PrismaModels } from './models.js';
import { readsOfOperation } from './reads.js';
import { PrismaTransactions } from './transactions.js';
import { changesOfOperation, isWrite } from './writes.js';

/** The part of a PrismaClient that is used. */
export interface PrismaClientLike {
  readonly $extends: unknown;
  readonly $transaction: unknown;
}

/** What a query extension is told of an operation. */
interface PrismaQuery {
  readonly model?: string | undefined;
  readonly operation: string;
  readonly args: unknown;
  query(args: unknown): Promise<unknown>;
  readonly __internalParams: {
    readonly dataPath?: readonly string[];
    readonly transaction?: { readonly kind: string; readonly id: unknown };
  };
}

interface Client extends PrismaDescription {
  $extends(extension: object): Client;
  $transaction(work: unknown, options?: unknown): Promise<unknown>;
}

interface ModelClient {
  findMany(args: object): Promise<unknown[]>;
}

const BATCH = 500;

/**
 * Gives the client to use from now on: it follows what is read for a page, and what is changed. Extend a client before,
 * not afterwards. Throws `ERR_OPTIONS`.
 */
export function trackPrisma<Given extends PrismaClientLike>(
  prisma: Given,
  pages: TrackablePages,
  options: TrackOptions = {},
): Given {
  const models = new PrismaModels(prisma as PrismaDescription, options.ids);
  const tracker = pages.track({ ...options, cascades: mergeCascades(models.cascades, options.cascades) });
  const transactions = new PrismaTransactions(tracker, models.isShared);
  const follower = new Follower({ tracker, models, transactions });
  const inner = (prisma as unknown as Client).$extends({
    name: 'staticgenerator',
    query: { $allOperations: (query: PrismaQuery) => follower.follow(query) },
  });
  // Within a transaction, what a client adds is left out; its queries are not. So this is one more.
  const tracked = inner.$extends({
    name: 'staticgenerator transactions',
    client: {
      $transaction: (work: unknown, settings?: unknown) => transactions.run(inner, work, settings),
    },
  });
  provideModels(tracked, models, tracker);
  return tracked as unknown as Given;
}

interface FollowerParts {
  readonly tracker: Tracker;
  readonly models: PrismaModels;
  readonly transactions: PrismaTransactions;
}

/** Stands in the way of every operation, and tells the tracker what it has read and written. */
class Follower {
  readonly #parts: FollowerParts;
  readonly #statements = new StatementReader();

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  async follow(query: PrismaQuery): Promise<unknown> {
    const { transactions } = this.#parts;
    const { transaction } = query.__internalParams;
    if (transactions.isQuestion(query.args)) return transaction?.id;
    // A batch has been committed when its operations have their results.
    const id = transaction?.kind === 'itx' ? transaction.id : undefined;
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
      const { model } = query;
      if (model === undefined) this.#readRaw(query, result);
      else
        readsOfOperation(
          models,
          { ...operationOf(query), model },
          { result, read: (entity, id) => tracker.read(entity, id) },
        );
    } catch (error) {
      tracker.report(error);
      for (const name of models.names()) tracker.read(name);
    }
  }

  #readRaw({ args }: PrismaQuery, rows: unknown): void {
    const { tracker, models } = this.#parts;
    const { sql, parameters } = rawOf(args);
    const statement = this.#statements.read(sql, parameters);
    for (const { table, id } of readsOf(statement, rows, models.keysOf))
      tracker.read(models.entityOf(table), id);
  }

  #changes(query: PrismaQuery, result: unknown): readonly Change[] {
    const { tracker, models } = this.#parts;
    try {
      const { model, operation, args } = query;
      if (model === undefined) return this.#rawChanges(args);
      return isWrite(operation) ? changesOfOperation(models, { ...operationOf(query), model }, result) : [];
    } catch (error) {
      tracker.report(error);
      return models.names().map((entity) => ({ entity, action: 'unknown' }));
    }
  }

  #rawChanges(args: unknown): readonly Change[] {
    const { models } = this.#parts;
    const { sql, parameters } = rawOf(args);
    if (!mayWrite(sql)) return [];
    // What refers to rows that are truncated, replaced or renumbered changes with them.
    return changesOf(this.#statements.read(sql, parameters), models).flatMap((change) =>
      change.action === 'unknown' ? models.moved(change) : [change],
    );
  }
}

function operationOf({ operation, args, __internalParams: { dataPath = [] } }: PrismaQuery) {
  return { operation, args, dataPath };
}

/** The text of a query that is written in SQL: text and values, `Prisma.sql`, or a typed query. */
function rawOf(args: unknown): { readonly sql: string; readonly parameters: readonly unknown[] } {
  if (Array.isArray(args)) {
    const [sql, ...parameters] = args;
    return { sql: String(sql), parameters };
  }
  const { strings, sql, values } = args as {
    readonly strings?: readonly string[];
    readonly sql?: unknown;
    readonly values?: unknown;
  };
  const text = strings?.reduce((before, after, index) => `${before}$${index}${after}`) ?? String(sql);
  return { sql: text, parameters: Array.isArray(values) ? values : [] };
}

/** Has quickDelete take a model of the client, `prisma.post`, for all its records. */
function provideModels(client: Client, models: PrismaModels, tracker: Tracker): void {
  const modelOf = (name: string) =>
    Reflect.get(client, name.charAt(0).toLowerCase() + name.slice(1)) as ModelClient;
  const nameOf = (model: object) => models.names().find((name) => modelOf(name) === model);
  tracker.provideModels({
    nameOf,
    records: async function* (model) {
      const orderBy = models.primaryOf(nameOf(model) ?? '').map((field) => ({ [field]: 'asc' }));
      for (let skip = 0; ; skip += BATCH) {
        const records = await (model as ModelClient).findMany({ orderBy, skip, take: BATCH });
        yield* records;
        if (records.length < BATCH) return;
      }
    },
  });
}
