import { atCaller } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import { mergeCascades } from '../cascades.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { requireOptions, requirePages, type TrackOptions } from '../options.js';
import type { TrackablePages } from '../tracker.js';
import { type PrismaClient, type PrismaClientLike, provideModels } from './client.js';
import { Follower } from './follower.js';
import type { PrismaDescription } from './models/description.js';
import { PrismaModels } from './models/models.js';
import { followRoot } from './requests/root.js';
import { PrismaTransactions } from './transactions.js';

/**
 * Follows what pages read and what changes through this client, and through all that `$extends()` makes of the same
 * client, before or afterwards. Returns the client. Throws `ERR_OPTIONS`.
 */
export function trackPrisma<Given extends PrismaClientLike>(
  prisma: Given,
  pages: TrackablePages,
  options: TrackOptions = {},
): Given {
  atCaller(trackPrisma, () => follow(prisma, pages, options));
  return prisma;
}

function follow(prisma: PrismaClientLike, pages: TrackablePages, options: TrackOptions): void {
  const client = prisma as unknown as PrismaClient;
  const reader = new OptionReader({});
  requirePages(pages, reader);
  reader.throwProblems();
  requireOptions(options);
  const models = new PrismaModels(prisma as PrismaDescription, options);
  const tracker = pages.track({
    ...options,
    cascades: mergeCascades(models.cascades, options.cascades),
    lists: models.lists,
  });
  const { kind, entityOf, columnOf } = models;
  const named = { cascades: options.cascades, views: undefined };
  const catalogue = new Catalogue({ kind, entityOf, columnOf, named, tracker, hasModels: true });
  tracker.provideRelated(catalogue);
  const prepare = () => catalogue.load((sql) => client.$queryRawUnsafe(sql));
  const transactions = new PrismaTransactions(tracker, { models, prepare });
  followRoot(prisma, new Follower({ tracker, models, transactions, catalogue, prepare, site: pages }));
  provideModels(client, models, tracker);
}
