import type { FindRecords } from '../../change/targets/target.js';
import type { NamedVerbs } from '../../operate/api/routes.js';
import type { Foundation } from '../foundation.js';
import type { Lifetime } from '../lifetime.js';
import type { NamedPages } from '../named-pages.js';
import type { Storage } from '../storage.js';

/** What whoever operates a site from outside works with. */
export type OperatingParts = Pick<Foundation, 'config' | 'webRoot' | 'faults' | 'metrics' | 'ownRequests'> &
  Pick<Storage, 'ledger'> & {
    readonly namedPages: NamedPages;
    readonly lifetime: Pick<Lifetime, 'isOver'>;
    readonly recordsOf: FindRecords;
    /** Has an app to render with attached, where that is not done before. */
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

/** Figures that cannot be noted are missing, and that is all. */
export function noteFiguresOf({ metrics, ledger, faults }: OperatingParts): () => Promise<void> {
  return () =>
    metrics
      .noteIn(ledger)
      .catch((error) => faults.report('noting figures', error, {}, 'the newest figures are missing'));
}
