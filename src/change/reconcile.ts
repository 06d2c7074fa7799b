import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Reconciliation } from '../ledger/ledger.js';
import type { Logger } from '../log.js';
import type { PageStore } from '../store/page-store.js';

/** Pages that are checked between two turns of the event loop. */
const BATCH = 256;

export interface ReconcileParts {
  readonly ledger: Reconciliation;
  readonly store: Pick<PageStore, 'isThere'>;
  readonly logger: Logger;
}

/** Removes rows whose file was deleted by hand while no process ran. Runs in the background: such rows do no harm. */
export async function reconcile({ ledger, store, logger }: ReconcileParts): Promise<void> {
  const isThere = (file: string) => store.isThere(file);
  let forgotten = 0;
  let missing: string[] = [];
  let seen = 0;
  const forget = async () => {
    if (missing.length > 0) forgotten += await ledger.forgetMissing(missing, isThere);
    missing = [];
    await nextTurn();
  };
  for (const file of ledger.files()) {
    if (!isThere(file)) missing.push(file);
    seen += 1;
    if (seen % BATCH === 0) await forget();
  }
  await forget();
  if (forgotten > 0) logger.info({ pages: forgotten }, 'pages without a file were forgotten');
}
