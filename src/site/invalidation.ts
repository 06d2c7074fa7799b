import { createAfterUnsafe } from '../change/after-unsafe.js';
import { Intents } from '../change/intents.js';
import { Invalidator, type TellCdn, type TellOthers } from '../change/invalidate.js';
import { Evictor } from '../change/room/evictor.js';
import type { Selector } from '../page/selector.js';
import type { Foundation } from './foundation.js';
import type { Sharing } from './sharing.js';
import type { Storage } from './storage.js';

/** The journey of a change of data: every deletion goes through it. */
export interface Invalidation {
  readonly invalidator: Invalidator;
  /** Records what a change will make out of date, before the data changes. */
  readonly intents: Intents;
  /** Deletes what an unsafe request has made out of date. */
  readonly afterUnsafe: ReturnType<typeof createAfterUnsafe>;
  /** Keeps the pages within their bounds; `undefined` if they have none. */
  readonly evictor: Evictor | undefined;
  /** Finishes, in the background, deletions that a process left when it died. */
  readonly finishAbandoned: () => void;
}

export function makeInvalidation(parts: Foundation & Storage & Sharing): Invalidation {
  const { config, faults, metrics, background, ledger, store, inspector, membership, purger } = parts;
  const { hosts, logger, rules, purgeHeaders } = config;
  const removeStrays = () => inspector.removeStrays();
  const tellOthers: TellOthers | undefined =
    membership && ((...appended) => membership.delivery.deliver(...appended));
  const tellCdn: TellCdn | undefined = purger && ((purges) => purger.tell(purges));
  const invalidator = new Invalidator({
    ledger,
    store,
    hosts,
    hasIncludes: config.islands?.includePath !== undefined,
    logger,
    removeStrays,
    hasPagesBeside: rules.queryNames.length > 0 || rules.hasVariants,
    tellOthers,
    tellCdn,
    onDeleted: (deleted) => metrics.deleted(deleted),
  });
  const intents = new Intents({
    ...{ ledger, invalidator, logger },
    inBackground: (work) => background.run({ name: 'deleting pages of data that may have changed', work }),
  });
  return {
    ...{ invalidator, intents, evictor: makeEvictor(parts) },
    afterUnsafe: createAfterUnsafe({
      rules,
      purgeHeaders,
      faults,
      remove: (selectors) => remove(parts, invalidator, selectors),
    }),
    finishAbandoned: () =>
      background.run({
        name: 'finishing an abandoned deletion',
        work: () => invalidator.finishAbandoned(),
      }),
  };
}

function makeEvictor({ config, faults, metrics, ledger, store }: Foundation & Storage): Evictor | undefined {
  const { bounds, logger } = config;
  if (bounds === undefined || ledger.room === undefined) return undefined;
  return new Evictor({
    ...{ room: ledger.room, bounds, store, logger },
    onEvicted: (cause, pages) => metrics.deleted({ cause, named: [], pages }),
    onFault: (error) => faults.report('making room', error, {}, 'pages could not be deleted to make room'),
  });
}

/** Deletes, and waits for the CDN: the client that changed data may request a page there after the response. */
async function remove(
  { purger }: Pick<Sharing, 'purger'>,
  invalidator: Invalidator,
  selectors: readonly Selector[],
): Promise<void> {
  await invalidator.invalidate(selectors);
  await purger?.settle();
}
