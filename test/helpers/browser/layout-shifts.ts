import type { Page } from 'playwright-core';

/** A script for a page that loads later. It notes what moves in the page, and by how much. */
export const NOTE_SHIFTS = `globalThis.shifts = [];
  const note = (entries) => {
    for (const { value, sources } of entries)
      globalThis.shifts.push([value, ...sources.map(({ node }) => node?.outerHTML ?? node?.nodeName)]);
  };
  globalThis.shiftObserver = new PerformanceObserver((list) => note(list.getEntries()));
  globalThis.noteShifts = () => note(globalThis.shiftObserver.takeRecords());
  globalThis.shiftObserver.observe({ type: 'layout-shift', buffered: true });`;

/** Returns the shifts after two frames, because everything that was shown has its layout by then. */
export async function shiftsOf(page: Page): Promise<unknown[]> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  return await page.evaluate<unknown[]>('(globalThis.noteShifts(), globalThis.shifts)');
}
