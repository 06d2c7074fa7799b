import { hostsOf } from '../../cluster/overview/overview.js';
import { messageOf } from '../../errors.js';
import { createDashboard, type Dashboard, type DashboardOptions } from '../../operate/dashboard/dashboard.js';
import { bareType } from '../../operate/dashboard/filter.js';
import type { DashboardParts } from '../../operate/dashboard/parts.js';
import type { ShownHosts } from '../../operate/dashboard/snapshot.js';
import { ownFacts } from '../../operate/views/own-host.js';
import { typeOfFile } from '../../page/response/types.js';
import { compileRules } from '../../page/rules.js';
import type { Lifetime } from '../lifetime.js';
import type { Publishing } from '../publishing.js';
import type { Sharing } from '../sharing.js';
import type { Storage } from '../storage.js';
import { noteFiguresOf, type OperatingParts, verbsOf } from './operating.js';

type Parts = OperatingParts &
  Pick<Storage, 'fingerprint' | 'lackedBy'> &
  Pick<Publishing, 'warmer'> &
  Pick<Sharing, 'membership'> & { readonly lifetime: Pick<Lifetime, 'ending'> };

/** Creates the dashboard of a site. Throws `ERR_OPTIONS`. */
export function makeDashboard(parts: Parts, options: DashboardOptions): Dashboard {
  const { config, faults, ledger, fingerprint, lackedBy, ownRequests } = parts;
  const { rules, types, typesOfPaths } = config;
  const known = [...Object.values(types), ...[...typesOfPaths].map(([, type]) => type)].map(bareType);
  return createDashboard(
    {
      ...{ ledger, rules, fingerprint, lackedBy, faults },
      countsHits: config.countHits !== undefined,
      hosts: hostsShownBy(parts),
      pages: verbsOf(parts),
      name: config.hosts[0],
      types: [...new Set(known)].sort(),
      typeOf: ({ contentType, path, file }) => contentType ?? typeOfFile(path, file, { types, typesOfPaths }),
      noteFigures: noteFiguresOf(parts),
      closing: parts.lifetime.ending,
      warm: warmBy(parts),
      claim: (request) => void ownRequests.add(request),
    },
    options,
  );
}

/** Warms as the options say, until the site ends. */
function warmBy({ config, warmer, lifetime }: Parts): DashboardParts['warm'] {
  const { depth, exclude, concurrency } = config.warm;
  const excluded = compileRules(exclude, []);
  return async (seeds, onProgress) =>
    await warmer.warm({
      ...{ seeds, depth, concurrency, onProgress, onlyMissing: true, signal: lifetime.ending },
      isExcluded: (decoded) => excluded.match(decoded) === 'page',
    });
}

/** Shows a bus that cannot be reached: users want to see this, and it is not a fault of the dashboard. */
function hostsShownBy({
  membership,
  config,
  ledger,
  webRoot,
}: Parts): (() => Promise<ShownHosts>) | undefined {
  const { cluster } = config;
  if (membership === undefined || cluster === undefined) return undefined;
  const { termMilliseconds } = cluster;
  const look = async () => {
    try {
      return { survey: await membership.survey(), isReached: true, problem: undefined };
    } catch (error) {
      return { survey: undefined, isReached: false, problem: messageOf(error) };
    }
  };
  return async () => {
    const { problem, ...asked } = await look();
    const own = ownFacts(ledger, webRoot.termFolder);
    return { views: hostsOf({ ...asked, own, termMilliseconds }), problem };
  };
}
