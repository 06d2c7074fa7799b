/**
 * Our serving compared with serve-static and sirv: every difference is in a list, and every entry of the list is a
 * difference.
 */
import { expect, test } from 'vitest';
import { compareBeside, type Difference, modes, peers } from './beside.js';
import { explains, listedDifferences } from './beside-differences.js';

test('the same requests are answered otherwise where the list says so, and nowhere else', async () => {
  const differences: Difference[] = [];
  for (const peer of peers) for (const mode of modes) differences.push(...(await compareBeside(peer, mode)));
  const isListed = (one: Difference) => listedDifferences.some((listed) => explains(listed, one));
  expect(differences.filter((one) => !isListed(one))).toEqual([]);
  const isSeen = (listed: (typeof listedDifferences)[number]) =>
    differences.some((one) => explains(listed, one));
  expect(listedDifferences.filter((listed) => !isSeen(listed))).toEqual([]);
});
