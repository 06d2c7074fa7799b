import { Expirer } from '../change/expire.js';
import { reconcile } from '../change/reconcile.js';
import { FaultLog } from '../log.js';
import type { HitMessage } from '../operate/hits/message.js';
import { HitReceiver } from '../operate/hits/receiver.js';
import type { RecurringTask, SelfTimed, Task, Upkeep } from './background.js';
import type { Foundation } from './foundation.js';
import type { Invalidation } from './invalidation.js';
import type { Requests } from './requests.js';
import type { Sharing } from './sharing.js';
import type { Storage } from './storage.js';

type Parts = Foundation & Storage & Sharing & Invalidation & Pick<Requests, 'contradictions' | 'visits'>;

/** How often the figures of this process are added to those of all processes. */
const NOTE_EVERY_MS = 2_000;
/** How often the site looks for deletions that a process left when it died. */
const LEFT_BEHIND_EVERY_MS = 1_000;
/** Temporary files older than this belong to no render: no render takes this long. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** Returns what a site does on its own. A site that makes no pages looks after none. */
export function upkeepOf(parts: Parts): Upkeep {
  const { store, ledger, metrics, makesPages } = parts;
  const noteFigures = { name: 'noting figures', work: () => metrics.noteIn(ledger) };
  const sweep = { name: 'sweeping temporary files', work: () => store.sweep(ABANDONED_AFTER_MS) };
  const recurring = [
    { ...noteFigures, everyMs: NOTE_EVERY_MS },
    { ...sweep, everyMs: ABANDONED_AFTER_MS },
  ];
  if (!makesPages) return { selfTimed: [], recurring, atStart: [sweep] };
  return {
    selfTimed: [
      expirerOf(parts),
      ...(parts.purger === undefined ? [] : [parts.purger]),
      ...(parts.evictor === undefined ? [] : [parts.evictor]),
      ...hitReceiverOf(parts),
    ],
    recurring: [...recurring, finishLeftBehind(parts), shareContradictions(parts), ...tellOthers(parts)],
    atStart: [takeOver(parts), inspect(parts), sweep],
  };
}

function expirerOf({ ledger, store, config, faults, metrics }: Parts): SelfTimed {
  return new Expirer({
    ledger,
    store,
    logger: config.logger,
    onExpired: (pages) => metrics.deleted({ cause: 'expiry', named: [], pages }),
    onFault: (error) => faults.report('expiry', error, {}, 'expired pages could not be removed'),
  });
}

function hitReceiverOf({ config: { countHits, logger }, visits, fingerprint }: Parts): readonly SelfTimed[] {
  if (countHits === undefined || visits === undefined) return [];
  const onHit = (message: HitMessage) => visits.told(message);
  return [new HitReceiver({ port: countHits.port, onHit, fingerprint, faults: new FaultLog(logger) })];
}

function shareContradictions({ contradictions }: Parts): RecurringTask {
  return { name: 'noting contradictions', work: () => contradictions.share(), everyMs: NOTE_EVERY_MS };
}

function finishLeftBehind({ invalidator, intents }: Parts): RecurringTask {
  return {
    name: 'finishing a deletion',
    work: async () => {
      await invalidator.finishLeftBehind();
      await intents.takeOverAbandoned();
    },
    everyMs: LEFT_BEHIND_EVERY_MS,
  };
}

/** Sends to the other hosts what they have not received, because the bus was unreachable or a process died. */
function tellOthers({ membership }: Parts): readonly RecurringTask[] {
  if (membership === undefined) return [];
  const { delivery } = membership;
  const work = () => delivery.deliverLeft();
  return [{ name: 'sending deletions to other hosts', work, everyMs: LEFT_BEHIND_EVERY_MS }];
}

function takeOver({ invalidator, intents }: Parts): Task {
  return {
    name: 'taking over',
    work: async () => {
      await intents.takeOver();
      await invalidator.takeOver();
    },
  };
}

/** Inspects first, then reconciles: only its row shows that a page is gone although its codings are not. */
function inspect({ inspector, ledger, store, config }: Parts): Task {
  return {
    name: 'inspecting the pages',
    work: async () => {
      await inspector.inspect();
      await reconcile({ ledger, store, logger: config.logger });
    },
  };
}
