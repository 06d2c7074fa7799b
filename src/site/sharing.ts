import { Purger } from '../cluster/cdn/purger.js';
import { Membership } from '../cluster/membership.js';
import { FaultLog } from '../log.js';
import type { Foundation } from './foundation.js';
import type { Storage } from './storage.js';

/** The other hosts and the CDN, which must learn what is deleted. */
export interface Sharing {
  /** The other hosts of the site; `undefined` if there are none. */
  readonly membership: Membership | undefined;
  /** The CDN in front of the site; `undefined` if there is none. */
  readonly purger: Purger | undefined;
}

/** Makes both parts. They do not connect yet. */
export function makeSharing(parts: Foundation & Storage): Sharing {
  return { membership: makeMembership(parts), purger: makePurger(parts) };
}

function makeMembership({ config, webRoot, ledger }: Foundation & Storage): Membership | undefined {
  const { cluster, logger } = config;
  if (cluster === undefined || ledger.shared === undefined) return undefined;
  const { termFolder, stateFolder } = webRoot;
  return new Membership({ cluster, ledger: ledger.shared, logger, termFolder, stateFolder });
}

function makePurger({ config, ledger, metrics }: Foundation & Storage): Purger | undefined {
  const { cdn, cluster, hosts, scheme, logger } = config;
  if (cdn === undefined || ledger.purges === undefined) return undefined;
  return new Purger({
    ...{ cdn, logger, metrics, outbox: ledger.purges, origins: { hosts, scheme } },
    termMs: cluster?.termMilliseconds ?? 0,
    faults: new FaultLog(logger),
  });
}
