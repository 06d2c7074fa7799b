import pg from 'pg';
import { expect, test } from 'vitest';
import { observe, type PgOutcome, readCall } from '../../../src/track/postgres/query.js';

test('a stream of rows has the text and the values of its cursor', () => {
  const stream = { submit: () => undefined, cursor: new pg.Query('select $1', ['1']) };
  expect(readCall([stream], new Map())).toEqual({ text: 'select $1', values: ['1'] });
});

test('a prepared statement that is named alone has the text that it was prepared with', () => {
  const named = new Map([['one', 'select 1']]);
  expect(readCall([{ name: 'one' }], named)).toEqual({ text: 'select 1', values: [] });
});

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
