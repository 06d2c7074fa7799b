import { mergeCascades } from '../cascades.js';
import { Catalogue } from '../catalogue/catalogue.js';
import type { TrackOptions } from '../track-options.js';
import type { TrackablePages } from '../tracker.js';
import { type PrismaClient, type PrismaClientLike, provideModels } from './client.js';
import { Follower } from './follower.js';
import type { PrismaDescription } from './models/description.js';
import { PrismaModels } from './models/models.js';
import type { PrismaQuery } from './operation.js';
import { PrismaTransactions } from './transactions.js';

/**
 * Gives the client to use from now on: it follows what is read for a page, and what is changed. Extend a client before,
 * not afterwards. Throws `ERR_OPTIONS`.
 */
export function trackPrisma<Given extends PrismaClientLike>(
  prisma: Given,
  pages: TrackablePages,
  options: TrackOptions = {},
): Given {
  const models = new PrismaModels(prisma as PrismaDescription, options);
  const tracker = pages.track({
    ...options,
    cascades: mergeCascades(models.cascades, options.cascades),
    lists: models.lists,
  });
  const { kind, entityOf, columnOf } = models;
  const named = { cascades: options.cascades, views: undefined };
  const { logger } = tracker;
  const catalogue = new Catalogue({ kind, entityOf, columnOf, named, logger, hasModels: true });
  tracker.provideRelated(catalogue);
  const ask = (sql: string) => (prisma as unknown as PrismaClient).$queryRawUnsafe(sql);
  const prepare = () => catalogue.load(ask);
  const transactions = new PrismaTransactions(tracker, { models, prepare });
  const follower = new Follower({ tracker, models, transactions, catalogue, prepare });
  const inner = (prisma as unknown as PrismaClient).$extends({
    name: 'staticgenerator',
    query: { $allOperations: (query: PrismaQuery) => follower.follow(query) },
  });
  // A transaction leaves out what an extension adds to the client, but not its queries. So this is an extension of its own.
  const tracked = inner.$extends({
    name: 'staticgenerator transactions',
    client: {
      $transaction: (work: unknown, settings?: unknown) => transactions.run(inner, work, settings),
    },
  });
  provideModels(tracked, models, tracker);
  return tracked as unknown as Given;
}
