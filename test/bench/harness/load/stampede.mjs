// Simulates many visitors who request one page at once.

import { median } from '../report/medians.mjs';
import { one } from '../report/report.mjs';
import { sendOnce } from './single-request.mjs';

/** Measures each page, which is not stored yet: how often it is rendered, and when the last visitor has it. */
export async function stampede({ port, ask }, paths, visitors) {
  const figures = [];
  for (const path of paths) {
    const before = (await ask({ ask: 'renders' })).value;
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: visitors }, () => sendOnce(port, path)));
    const last = performance.now() - startedAt;
    figures.push({ last, renders: (await ask({ ask: 'renders' })).value - before });
  }
  return { renders: figures.map(({ renders }) => renders), lasts: figures.map(({ last }) => last) };
}

/** Returns table cells: renders, and milliseconds with their range. */
export function stampedeCells({ renders, lasts }) {
  return [
    median(renders),
    `${one(median(lasts))} (${one(Math.min(...lasts))} to ${one(Math.max(...lasts))})`,
  ];
}
