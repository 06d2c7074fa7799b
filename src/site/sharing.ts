import { Membership } from '../cluster/membership.js';
import type { Foundation } from './foundation.js';
import type { Storage } from './storage.js';

/** The other hosts of the site. */
export interface Sharing {
  /** Undefined: there are none. */
  readonly membership: Membership | undefined;
}

/** Nothing is connected yet. */
export function makeSharing({ config, webRoot, ledger }: Foundation & Storage): Sharing {
  const { cluster, logger } = config;
  if (cluster === undefined || ledger.shared === undefined) return { membership: undefined };
  const { termFolder, stateFolder } = webRoot;
  return { membership: new Membership({ cluster, ledger: ledger.shared, logger, termFolder, stateFolder }) };
}
