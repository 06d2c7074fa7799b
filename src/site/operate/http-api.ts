import type { FindRecords } from '../../change/targets/target.js';
import { lookAtNames } from '../../cluster/overview/names.js';
import { type Api, type ApiOptions, createApi } from '../../operate/api/api.js';
import type { Foundation } from '../foundation.js';
import type { Lifetime } from '../lifetime.js';
import type { NamedPages } from '../named-pages.js';
import type { Storage } from '../storage.js';

type Parts = Pick<Foundation, 'config' | 'webRoot' | 'faults' | 'metrics' | 'ownRequests'> &
  Pick<Storage, 'ledger' | 'gate'> & {
    readonly namedPages: NamedPages;
    readonly lifetime: Pick<Lifetime, 'isOver'>;
    readonly recordsOf: FindRecords;
    /** Has an app to render with attached, where that is not done before. */
    readonly beforeRender?: () => Promise<void>;
  };

/** The HTTP API of a site. Throws `ERR_OPTIONS`. */
export function makeApi(parts: Parts, options: ApiOptions): Api {
  const { config, webRoot, faults, metrics, ledger, gate, ownRequests, namedPages, recordsOf } = parts;
  const { rules, hosts, cluster, cdn } = config;
  const termFolder = cluster && webRoot.termFolder;
  return createApi(
    {
      ...{ faults, ledger },
      pages: {
        read: (targets) => namedPages.read(targets, recordsOf),
        delete: (named) => namedPages.change(named, recordsOf, 'delete'),
        regenerate: async (named) => {
          await parts.beforeRender?.();
          return await namedPages.change(named, recordsOf, 'regenerate');
        },
        publish: async (targets, options) => {
          await parts.beforeRender?.();
          return await namedPages.publish([...targets, options], recordsOf);
        },
      },
      explain: () => ({
        gate,
        rules,
        hosts,
        names: termFolder === undefined ? undefined : lookAtNames(termFolder),
      }),
      figures: { termFolder, hasCdn: cdn !== undefined },
      noteFigures: () =>
        metrics
          .noteIn(ledger)
          .catch((error) => faults.report('noting figures', error, {}, 'the newest figures are missing')),
      isClosed: () => parts.lifetime.isOver(),
      claim: (request) => void ownRequests.add(request),
    },
    options,
  );
}
