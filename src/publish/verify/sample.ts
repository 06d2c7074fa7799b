import { hash } from 'node:crypto';

/** What identifies a page. */
interface Named {
  readonly host: string;
  readonly path: string;
}

export interface SampleSize {
  /** How many pages at most. */
  readonly count: number;
  /** The same seed selects the same pages, if they are still there. */
  readonly seed: string;
}

/**
 * Returns some of many pages, in an order without meaning. Each page draws a number from its name and the seed. So the
 * order of the pages, and pages that come and go, do not change which others are selected.
 */
export function samplePages<Page extends Named>(
  pages: Iterable<Page>,
  { count, seed }: SampleSize,
): readonly Page[] {
  let kept: Drawn<Page>[] = [];
  for (const page of pages) {
    kept.push({ page, number: draw(page, seed) });
    // Only some of a million pages are in memory at a time.
    if (kept.length >= 2 * count) kept = lowest(kept, count);
  }
  return lowest(kept, count).map(({ page }) => page);
}

interface Drawn<Page> {
  readonly page: Page;
  readonly number: string;
}

function draw({ host, path }: Named, seed: string): string {
  return hash('sha256', JSON.stringify([seed, host, path]), 'hex');
}

function lowest<Page>(drawn: readonly Drawn<Page>[], count: number): Drawn<Page>[] {
  return drawn.toSorted((a, b) => (a.number < b.number ? -1 : 1)).slice(0, count);
}
