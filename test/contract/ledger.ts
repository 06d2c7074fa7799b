import { describeCookies } from './ledger/cookies.js';
import { describeExpiry } from './ledger/expiry.js';
import { describeFigures } from './ledger/figures.js';
import { describeHandles } from './ledger/handles.js';
import { describeHistories } from './ledger/histories.js';
import { describeInspection } from './ledger/inspection.js';
import { describeInvalidations } from './ledger/invalidations.js';
import { describeLeases } from './ledger/leases.js';
import { describeLog } from './ledger/log.js';
import { describeOverview } from './ledger/overview.js';
import { describePages } from './ledger/pages.js';
import type { MakePlace } from './ledger/place.js';
import { describePlacing } from './ledger/placing.js';
import { describeVersion } from './ledger/version.js';

const chapters = [
  describePages,
  describeLeases,
  describePlacing,
  describeInvalidations,
  describeLog,
  describeExpiry,
  describeInspection,
  describeFigures,
  describeOverview,
  describeCookies,
  describeVersion,
  describeHandles,
  describeHistories,
];

/** Tests what every implementation of the ledger must do, with real files. */
export function describeLedger(name: string, makePlace: MakePlace): void {
  for (const chapter of chapters) chapter(name, makePlace);
}
