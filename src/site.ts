import type { Options } from './config.js';
import { type Exporting, makeExport } from './site/exporting.js';
import { type Foundation, layFoundation, type SiteUse } from './site/foundation.js';
import { type Invalidation, makeInvalidation } from './site/invalidation.js';
import { NamedPages } from './site/named-pages.js';
import { makePublishing, type Publishing } from './site/publishing.js';
import { makeRequestJourney, type Requests } from './site/requests.js';
import { makeSharing, type Sharing } from './site/sharing.js';
import { makeStorage, type Storage } from './site/storage.js';
import { upkeepOf } from './site/upkeep.js';

type Parts = Foundation & Storage & Sharing & Invalidation & Publishing & Exporting & Requests;

/** One site with every part of it, for the instance of an application and for the commands. */
export interface Site extends Parts {
  readonly namedPages: NamedPages;
  readonly close: () => Promise<void>;
}

/**
 * Builds every part of a site, and gives each part what it needs: the composition root. Throws `ERR_OPTIONS`, and
 * whatever {@link makeStorage} throws.
 */
export function composeSite(options: Options, use: SiteUse): Site {
  const foundation = layFoundation(options, use);
  const stored = makeStorage(foundation);
  const storage = { ...stored, ...makeSharing({ ...foundation, ...stored }) };
  const invalidation = makeInvalidation({ ...foundation, ...storage });
  const publishing = makePublishing({ ...foundation, ...storage, ...invalidation });
  const exporting = makeExport({ ...foundation, ...storage, ...publishing }, options.export);
  const journeys = { ...invalidation, ...publishing, ...exporting };
  const requests = makeRequestJourney({ ...foundation, ...storage, ...journeys });
  const parts = { ...foundation, ...storage, ...journeys, ...requests };
  parts.background.start(upkeepOf(parts));
  if (use.makesPages) parts.membership?.join((received) => parts.invalidator.carryOut(received));
  return { ...parts, namedPages: new NamedPages(parts), close: () => closeSite(parts) };
}

/** Stores what has been rendered, then notes the figures, and then closes the ledger. */
async function closeSite({
  background,
  intents,
  writer,
  metrics,
  faults,
  membership,
  purger,
  ledger,
  store,
}: Parts): Promise<void> {
  intents.stop();
  await Promise.all([background.stop(), writer.close(), membership?.close(), purger?.stop()]);
  await metrics
    .noteIn(ledger)
    .catch((error) => faults.report('noting figures', error, {}, 'the latest figures were lost'));
  await Promise.all([ledger.close(), store.close()]);
}
