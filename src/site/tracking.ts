import { FileWatcher } from '../change/watch.js';
import type { Selector } from '../page/selector.js';
import type { ChangeOrigin } from '../track/deletion-queue.js';
import { Models } from '../track/models.js';
import type { Foundation } from './foundation.js';
import type { Invalidation } from './invalidation.js';
import type { Lifetime } from './lifetime.js';
import type { NamedPages } from './named-pages.js';
import type { Requests } from './requests.js';
import type { Storage } from './storage.js';

type Parts = Pick<Foundation, 'config' | 'metrics'> &
  Pick<Storage, 'ledger'> &
  Pick<Requests, 'contexts'> &
  Pick<Invalidation, 'intents'> & { readonly namedPages: NamedPages; readonly lifetime: Lifetime };

/** The parts that notice changes on their own. */
export interface Tracking {
  readonly models: Models;
  readonly watcher: FileWatcher;
}

export function makeTracking(parts: Parts): Tracking {
  const models = makeModels(parts);
  const watcher = makeWatcher(parts, models);
  const { watch, logger } = parts.config;
  if (watch.length > 0) void watcher.start().then(() => logger.debug({}, 'watching files'));
  return { models, watcher };
}

function makeModels({ config, metrics, ledger, contexts, intents, namedPages, lifetime }: Parts): Models {
  return new Models({
    reads: contexts,
    lease: () => ledger.lease(),
    resolve: async (targets) => (await namedPages.read(targets)).selectors,
    invalidate: lifetime.during(async (selectors: readonly Selector[], origin: ChangeOrigin) => {
      const { intended, isByRender } = origin;
      await namedPages.refreshBehind(selectors, intended, isByRender ? 'delete' : config.refresh);
      intents.forget(intended);
    }),
    intents,
    noteUnseen: (unseen) =>
      void ledger
        .noteUnseen(unseen)
        .catch((error) =>
          config.logger.debug({ err: error }, 'what the adapters cannot see could not be recorded'),
        ),
    onUnclear: (kind) => metrics.tell(`unclear:${kind}`),
    isClosed: () => lifetime.isOver(),
    logger: config.logger,
  });
}

function makeWatcher({ config: { watch, logger }, namedPages }: Parts, models: Models): FileWatcher {
  return new FileWatcher({
    watched: watch,
    invalidate: async (targets) => {
      const { deleted, regenerated, notPages } = await namedPages.refresh(targets, models.recordsOf);
      return { deleted: [...deleted, ...regenerated], notPages };
    },
    onReport: ({ files, deleted }) => logger.info({ files, pages: deleted }, 'watched files changed'),
    ...{ logger, keepsAlive: false },
  });
}
