// Measures the cost of changes of a site, compared with the system calls that every such change needs.

import { median } from '../report/medians.mjs';
import { spread, two, whole } from '../report/report.mjs';
import { PAGES_OF_TAG, pathOf, tagOfGroup } from './many-pages.mjs';

const SAMPLES = 40;
const GLOB_SAMPLES = 3;
export const PAGES_OF_GLOB = 1_000;
export const ONE_PAGE = 'one page, by path';

export const CHANGE_COLUMNS = ['', 'pages present', 'ms', 'bare ms', 'ratio', 'CPU ms', 'bare CPU ms'];

/** Returns the pages that are deleted by glob. `name` separates the pages of one measurement from those of another. */
export function globPaths(name) {
  return Array.from({ length: GLOB_SAMPLES * PAGES_OF_GLOB }, (_, index) => {
    const sample = Math.floor(index / PAGES_OF_GLOB);
    return `/posts/${name}-${sample}/post-${index % PAGES_OF_GLOB}`;
  });
}

/**
 * Returns paths from the first half of the pages between two numbers. Tags come from the second half, so that all their
 * pages are there.
 */
export function somePaths(from, to, count = SAMPLES) {
  const step = (to - from) / 2 / count;
  return Array.from({ length: count }, (_, index) => pathOf(from + Math.floor(index * step)));
}

export function someTags(from, to, count = SAMPLES) {
  const [first, last] = [(from + to) / 2 / PAGES_OF_TAG, to / PAGES_OF_TAG];
  const step = (last - first) / count;
  return Array.from({ length: count }, (_, index) => ({
    tag: tagOfGroup(Math.ceil(first + Math.floor(index * step))),
  }));
}

/** Measures each kind of change on the pages between two numbers, which are present. Returns a row for each kind. */
export async function measureChanges(site, { name, from, to, present }) {
  const ask = async (question) => (await site.ask(question)).value;
  const paths = somePaths(from, to);
  const globs = Array.from({ length: GLOB_SAMPLES }, (_, sample) => `/posts/${name}-${sample}/*`);
  const figures = {
    [ONE_PAGE]: await ask({ ask: 'delete', targets: paths, files: 1 }),
    'one page, published': await ask({ ask: 'publish', paths }),
    [`${PAGES_OF_TAG} pages, by tag`]: await ask({
      ask: 'delete',
      targets: someTags(from, to),
      files: PAGES_OF_TAG,
    }),
    [`${whole(PAGES_OF_GLOB)} pages, by glob`]: await ask({
      ask: 'delete',
      targets: globs,
      files: PAGES_OF_GLOB,
    }),
  };
  const rows = Object.entries(figures).map(([change, figure]) => changeRow(change, present, figure));
  return { rows, figures };
}

export function changeRow(name, present, { own, bare }) {
  const times = (list, key) => list.map((one) => one[key]);
  const milliseconds = (list) => times(list, 'cpu').map((value) => value / 1000);
  return [
    name,
    whole(present),
    spread(times(own, 'ms'), two),
    spread(times(bare, 'ms'), two),
    two(ratioOfTimes({ own, bare })),
    two(median(milliseconds(own))),
    two(median(milliseconds(bare))),
  ];
}

/** Compares medians: a single sync of the disk may take ten times as long as the one before. */
export function ratioOfTimes({ own, bare }) {
  return median(own.map(({ ms }) => ms)) / median(bare.map(({ ms }) => ms));
}
