import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Resolves when the background work of a site's start is done, so that the calls that follow are those of the test.
 *
 * In the first turn of the event loop, the site has looked for unfinished deletions. It would otherwise help with the
 * deletion of nothing. The ledger does its work in order, so that deletion comes after everything that the start has
 * asked for. In the turn after it, nothing is at work on the ledger, so the test's work is not done as a part of the
 * background work, whose calls do not count.
 */
export async function backgroundDone(pages) {
  await nextTurn();
  await pages.quickDelete('/nothing-at-all');
  await nextTurn();
}
