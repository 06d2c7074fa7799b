import type { FindRecords } from '../../change/targets/target.js';
import type { NamedVerbs } from '../../operate/api/routes.js';
import type { Foundation } from '../foundation.js';
import type { Lifetime } from '../lifetime.js';
import type { NamedPages } from '../named-pages.js';
import type { Storage } from '../storage.js';

/** What the API and the dashboard need to operate a site from outside. */
export type OperatingParts = Pick<Foundation, 'config' | 'webRoot' | 'faults' | 'metrics' | 'ownRequests'> &
  Pick<Storage, 'ledger'> & {
    readonly namedPages: NamedPages;
    readonly lifetime: Pick<Lifetime, 'isOver'>;
    readonly recordsOf: FindRecords;
    /** Attaches an app to render with, if this has not been done before. */
    readonly beforeRender?: () => Promise<void>;
  };

export function verbsOf({ namedPages, recordsOf, beforeRender }: OperatingParts): NamedVerbs {
  return {
    read: (targets) => namedPages.read(targets, recordsOf),
    delete: (named) => namedPages.change(named, recordsOf, 'delete'),
    regenerate: async (named) => {
      await beforeRender?.();
      return await namedPages.change(named, recordsOf, 'regenerate');
    },
    publish: async (targets, options) => {
      await beforeRender?.();
      return await namedPages.publish([...targets, options], recordsOf);
    },
  };
}

/** If figures cannot be noted, only these figures are missing. */
export function noteFiguresOf({ metrics, ledger, faults }: OperatingParts): () => Promise<void> {
  return () =>
    metrics
      .noteIn(ledger)
      .catch((error) => faults.report('noting figures', error, {}, 'the newest figures are missing'));
}
