import { expect, test } from 'vitest';
import { ModelStatements } from '../../../src/track/sql/model-statements.js';

const statements = new ModelStatements({
  entityOf: (table) => table,
  keysOf: () => ({ primary: ['id'], uniques: [['slug']] }),
});

const told = (sql: string) =>
  statements
    .changes(sql, [])
    .changes.map(({ entity, id, action }) => `${action} ${entity}${id === undefined ? '' : `:${id}`}`);

test.each([
  ['update posts set a = 1 where id = 1', ['update posts:1']],
  ['update posts as p set a = 1 where p.id = 1', ['update posts:1']],
  ['delete from posts p where p.id in (1, 2)', ['delete posts:1', 'delete posts:2']],
  // Another table has its name as an alias.
  ['update posts as p set a = 1 from authors as posts where posts.id = 1', ['update posts']],
  ['delete from posts p using tags posts where posts.id = 1', ['delete posts']],
  ['update posts set a = 1 from other.posts where posts.id = 1', ['update posts']],
  // A row with another key is another row.
  ['update posts set id = 2 where id = 1', ['unknown posts']],
  ['update posts set (id, a) = (2, 3) where id = 1', ['unknown posts']],
  ['with x as (select 1) update posts set id = 2', ['unknown posts']],
  ['insert into posts values (1) on conflict (id) do update set a = 1', ['update posts']],
  ['insert into posts values (1) on conflict (slug) do update set id = 7', ['unknown posts']],
  ['insert into posts values (1) on conflict (id) do update set id = excluded.id', ['update posts']],
  ['update or replace posts set a = 1 where id = 1', ['unknown posts']],
])('%s: %j', (sql, changes) => {
  expect(told(sql)).toEqual(changes);
});

test('what cannot be read may have changed and read anything', () => {
  const sql = `update U&"d!0061t" uescape '!' set a = 1`;
  expect(statements.changes(sql, [])).toMatchObject({
    changes: [],
    unclear: expect.stringMatching(/UESCAPE.*quickDelete/),
  });
  expect(statements.reads({ sql, parameters: [], rows: [] })).toMatchObject({
    reads: [],
    unclear: expect.stringMatching(/UESCAPE.*untracked/),
  });
});
