import { inBatches } from '../records.js';
import type { Tracker } from '../tracker.js';
import type { PrismaDescription } from './models/description.js';
import type { PrismaModels } from './models/models.js';

/** The part of a PrismaClient that is used. */
export interface PrismaClientLike {
  readonly $extends: unknown;
  readonly $transaction: unknown;
}

/** The same part, with its types at run time. */
export interface PrismaClient extends PrismaDescription {
  $extends(extension: object): PrismaClient;
  $queryRawUnsafe(sql: string): PromiseLike<unknown>;
  $transaction(work: unknown, options?: unknown): Promise<unknown>;
}

interface ModelClient {
  findMany(args: object): Promise<unknown[]>;
}

/** Lets quickDelete take a model of the client, such as `prisma.post`, for all its records. */
export function provideModels(client: PrismaClient, models: PrismaModels, tracker: Tracker): void {
  const modelOf = (name: string) =>
    Reflect.get(client, name.charAt(0).toLowerCase() + name.slice(1)) as ModelClient;
  const nameOf = (model: object) => models.names().find((name) => modelOf(name) === model);
  tracker.provideModels({
    nameOf,
    records: async function* (model) {
      const orderBy = models.primaryOf(nameOf(model) ?? '').map((field) => ({ [field]: 'asc' }));
      yield* inBatches((range) => (model as ModelClient).findMany({ orderBy, ...range }));
    },
  });
}
