import { hash } from 'node:crypto';

/** What a page is known by. */
interface Named {
  readonly host: string;
  readonly path: string;
}

export interface SampleSize {
  /** How many pages at most. */
  readonly count: number;
  /** The same seed takes the same pages, as far as they are still there. */
  readonly seed: string;
}

/**
 * Some pages out of many, in no order that means anything. Each page draws a number from its name and the seed, so that
 * neither the order of the pages nor those that come and go change which others are taken.
 */
export function samplePages<Page extends Named>(
  pages: Iterable<Page>,
  { count, seed }: SampleSize,
): readonly Page[] {
  let kept: Drawn<Page>[] = [];
  for (const page of pages) {
    kept.push({ page, number: draw(page, seed) });
    // Of a million pages, only so many are in memory.
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
