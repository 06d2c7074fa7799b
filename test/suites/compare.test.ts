import { expect, test } from 'vitest';
import { compareRuns, whatFailsAgain } from '../../.dev/suites/compare.mjs';

test('a test is told of if it fails with the middleware alone, and is not known to', () => {
  const plain = new Map([
    ['a', undefined],
    ['b', 'no'],
    ['c', undefined],
    ['d', undefined],
    ['e', undefined],
  ]);
  const mounted = new Map([
    ['a', undefined],
    ['b', 'no'],
    ['c', 'worse'],
    ['d', 'other'],
  ]);
  const compared = compareRuns(plain, mounted, { mounted: 'all', known: { d: 'since it does' } });
  const again = compareRuns(plain, new Map([...plain, ['c', 'worse']]), { mounted: 'all', known: {} });
  expect(whatFailsAgain(compared, again).unexplained).toEqual([{ name: 'c', failure: 'worse' }]);
  expect(compared.explained).toEqual([{ name: 'd', failure: 'other' }]);
  expect(compared.unexplained).toEqual([
    { name: 'c', failure: 'worse' },
    { name: 'e', failure: 'not run' },
  ]);
});
