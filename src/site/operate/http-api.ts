import { lookAtNames } from '../../cluster/overview/names.js';
import { type Api, type ApiOptions, createApi } from '../../operate/api/api.js';
import type { Storage } from '../storage.js';
import { noteFiguresOf, type OperatingParts, verbsOf } from './operating.js';

type Parts = OperatingParts & Pick<Storage, 'gate'>;

/** Creates the HTTP API of a site. Throws `ERR_OPTIONS`. */
export function makeApi(parts: Parts, options: ApiOptions): Api {
  const { config, webRoot, faults, ledger, gate, ownRequests } = parts;
  const { rules, hosts, cluster, cdn } = config;
  const termFolder = cluster && webRoot.termFolder;
  return createApi(
    {
      ...{ faults, ledger },
      pages: verbsOf(parts),
      explain: () => ({
        gate,
        rules,
        hosts,
        names: termFolder === undefined ? undefined : lookAtNames(termFolder),
      }),
      figures: { termFolder, hasCdn: cdn !== undefined },
      noteFigures: noteFiguresOf(parts),
      isClosed: () => parts.lifetime.isOver(),
      claim: (request) => void ownRequests.add(request),
    },
    options,
  );
}
