import { expect, test } from 'vitest';
import { observe } from '../../../../src/track/postgres/pool/observe.js';
import type { PgOutcome } from '../../../../src/track/postgres/pool/outcome.js';

test('the promise of another library is waited for too, with the rows of columns whose names are unique', async () => {
  const result = {
    command: 'SELECT',
    fields: [{ name: 'id' }, { name: 'n' }, { name: 'id' }],
    rows: [[1, 2, 3]],
  };
  const settled = Promise.resolve(result);
  // biome-ignore lint/suspicious/noThenProperty: what a promise of another library is
  const foreign = { then: settled.then.bind(settled) };
  const seen: PgOutcome[] = [];
  const observed = observe(
    () => foreign,
    ['select id, n, id from posts'],
    async (outcome) => void seen.push(outcome),
  );
  expect(await observed).toBe(result);
  expect(seen).toEqual([{ commands: ['SELECT'], rows: [{ n: 2 }] }]);
});
