/** The lists in which the rows of a write were before, and in which they are afterwards. */
import { expect, test } from 'vitest';
import { StatementReader } from '../../../src/track/sql/statement.js';
import type { TableModels } from '../../../src/track/sql/table-models.js';
import { changesOf } from '../../../src/track/sql/table-writes.js';

const MODELS: TableModels = {
  entityOf: (table) => table,
  keysOf: () => ({ primary: ['id'], uniques: [] }),
  listsOf: (table) => (table === 'comments' ? ['post_id'] : []),
};

function told(sql: string, models = MODELS, parameters: readonly unknown[] = [5, 6]): string[] {
  return changesOf(new StatementReader().read(sql, parameters), models).map(({ action, id, lists }) => {
    const { from, to } = lists?.post_id ?? {};
    const shown = (values: unknown) => (values === undefined ? '?' : `${values}`);
    return `${action} ${id ?? 'some'}: ${shown(from)} -> ${shown(to)}`;
  });
}

test.each<[string, string]>([
  ['insert into comments (text, post_id) values ($2, $1)', 'create some: ? -> 5'],
  ['insert into comments (text, post_id) values ("x", ?), ("y", ?)', 'create some: ? -> 5,6'],
  [`insert into "comments" ("text", "post_id") values ('x', '5') returning "id"`, 'create some: ? -> 5'],
  ['insert into blog.comments as c (post_id) values (5::int)', 'create some: ? -> 5'],
  ['insert or ignore into comments (post_id) values (?)', 'create some: ? -> 5'],
  ['insert into comments (post_id, text) values (null, $1)', 'create some: ? -> '],
  ['insert into comments (post_id) values (5) on conflict do nothing', 'create some: ? -> 5'],
  // The list is unknown, or not known for each row.
  ['insert into comments (post_id) values (5), (default)', 'create some: ? -> ?'],
  ['insert into comments (post_id) values (5 + 1)', 'create some: ? -> ?'],
  ['insert into comments (post_id) values ((select 5))', 'create some: ? -> ?'],
  ['insert into comments (text) values ($1)', 'create some: ? -> ?'],
  ['insert into comments values (1, 5)', 'create some: ? -> ?'],
  ['insert into comments (post_id) select 5', 'create some: ? -> ?'],
  ['insert into comments default values', 'create some: ? -> ?'],
  [
    'insert into comments (post_id) values (5) on conflict (id) do update set post_id = 6',
    'update some: ? -> ?',
  ],
  ['update comments set text = $2 where id = 7', 'update 7: ? -> same'],
  ['update comments set post_id = $2 where id = 7', 'update 7: ? -> 6'],
  ['update comments set post_id = $2 where id = 7 and post_id = $1', 'update 7: 5 -> 6'],
  ['update comments c set post_id = 6 where c.post_id = 5', 'update some: 5 -> 6'],
  ['update comments set post_id = null where post_id in (5, 6)', 'update some: 5,6 -> '],
  ['update comments set text = 1 where post_id = 5', 'update some: 5 -> same'],
  ['update comments set post_id = default where post_id = 5', 'update some: 5 -> ?'],
  ['update comments set post_id = post_id + 1 where post_id = 5', 'update some: 5 -> ?'],
  ['update comments set (text, post_id) = (1, 6) where post_id = 5', 'update some: 5 -> ?'],
  ['update comments set post_id = 6 where post_id = 5 or hidden', 'update some: ? -> 6'],
  ['update comments set post_id = 6 from posts c where post_id = 5', 'update some: ? -> 6'],
  ['update comments set id = 8, post_id = 6 where post_id = 5', 'unknown some: ? -> ?'],
  ['delete from comments where post_id = $1', 'delete some: 5 -> ?'],
  ['delete from comments where id = 7', 'delete 7: ? -> ?'],
  ['delete from comments as c using posts p where c.post_id = 5', 'delete some: 5 -> ?'],
  ['delete from comments using posts p where post_id = 5', 'delete some: ? -> ?'],
  ['replace into comments (post_id) values (5)', 'unknown some: ? -> ?'],
])('%s', (sql, expected) => {
  expect(told(sql)).toEqual([expected]);
});

test.each<[string, string]>([
  ['insert into comments (post_id) values (5)', 'create some: ? -> 5'],
  ['insert into comments (post_id) values (null)', 'create some: ? -> '],
  ["insert into comments (post_id) values ('5abcdef0-0000-4000-8000-000000000000')", 'create some: ? -> '],
  ['delete from comments where post_id = ?', 'delete some: 5 -> ?'],
])('on MySQL, which may keep something else: %s', (sql, expected) => {
  expect(told(sql, { ...MODELS, isLoose: true })).toEqual([expected]);
});
