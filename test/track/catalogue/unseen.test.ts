/** The conclusions from what a database says about itself. */
import { expect, test } from 'vitest';
import { mysql } from '../../../src/track/catalogue/mysql.js';
import { type UnseenRow, unseenIn } from '../../../src/track/catalogue/unseen.js';

const TABLES: readonly UnseenRow[] = ['posts', 'tags'].map((name) => ({ kind: 'table', name, text: null }));
const found = (...rows: readonly UnseenRow[]) => unseenIn([...TABLES, ...rows], [], mysql).found;

// Tested here, because the database servers of the tests run no events.
test.each<[string, string | null, readonly string[] | undefined]>([
  ['writes', 'begin delete from posts where old; insert into gone select 1; end', ['posts']],
  ['writes nothing', 'set @n = (select count(*) from posts)', undefined],
  ['runs something else', 'call archive()', []],
  ['may not be read by this user', null, []],
])('an event that %s', (_, text, tables) => {
  const expected = tables === undefined ? [] : [{ kind: 'event', name: 'nightly', tables }];
  expect(found({ kind: 'event', name: 'nightly', text })).toEqual(expected);
});

test('what writes tables with triggers of ours alone is seen', () => {
  const told: UnseenRow = { kind: 'told', name: 'posts', text: null };
  const writes = (text: string): UnseenRow => ({ kind: 'function', name: 'publish', text });
  expect(found(told, writes('update posts set n = 1'))).toEqual([]);
  expect(found(told, writes('update posts set n = 1; update tags set n = 1'))).toEqual([
    { kind: 'function', name: 'publish', tables: ['tags'] },
  ]);
});
