import { onTestFinished } from 'vitest';
import type { Ledger } from '../../../src/ledger/ledger.js';
import type { Selector } from '../../../src/page/selector.js';
import { parseTarget } from '../../helpers/selectors.js';
import { PageFiles } from '../pages.js';

/** A place for a ledger, with pages next to it. */
export interface LedgerPlace {
  /** The folder of the pages. */
  readonly folder: string;
  /** Opens the ledger as another process would. */
  open(options?: { readonly version?: string | undefined }): Ledger;
}

export type MakePlace = () => Promise<LedgerPlace>;

export const NOW = Date.now();
export const HOUR = 3_600_000;

/** Makes a ledger in its own place, for one test. */
export async function start(makePlace: MakePlace) {
  const place = await makePlace();
  const open: LedgerPlace['open'] = (options) => {
    const ledger = place.open(options);
    onTestFinished(() => ledger.close());
    return ledger;
  };
  return { open, ledger: open(), files: new PageFiles(place.folder) };
}

/** Invalidates and deletes. Returns the paths of the pages that were removed. */
export async function invalidate(
  ledger: Ledger,
  files: PageFiles,
  ...targets: readonly (string | Selector)[]
): Promise<string[]> {
  const selectors = targets.map((target) => (typeof target === 'string' ? parseTarget(target) : target));
  const removed = await ledger.apply(await ledger.append(selectors, 'delete'), files);
  return removed.map(({ path }) => path).sort();
}

export function pathsIn(ledger: Ledger): string[] {
  return [...ledger.pages()].map(({ path }) => path).sort();
}
