import { expect, test } from 'vitest';
import { StatementReader } from '../../../src/track/sql/statement.js';
import type { TableKeys } from '../../../src/track/sql/table-models.js';
import { readsOf } from '../../../src/track/sql/table-reads.js';

const KEYS: Record<string, TableKeys> = {
  posts: { primary: ['id'], uniques: [['slug']] },
  authors: { primary: ['id'], uniques: [] },
  comments: { primary: ['id'], uniques: [] },
  links: { primary: ['a', 'b'], uniques: [] },
};

const told = (sql: string, parameters: unknown[], rows: unknown) =>
  readsOf(new StatementReader().read(sql, parameters), rows, (table) => KEYS[table]).map(({ table, id }) =>
    id === undefined ? table : `${table}:${id}`,
  );

const JOINED = 'select p.id as p_id, a.id as a_id from posts p left join authors a on a.id = p.author_id';

test.each<[string, string, unknown[], unknown, string[]]>([
  [
    'joined rows whose keys have one name in the results, of which the last is left',
    'select a.id, p.id from posts p join authors a on a.id = p.author_id where p.id in (1, 2)',
    [],
    [{ id: 1 }, { id: 2 }],
    ['posts', 'authors'],
  ],
  [
    'rows of a unique key whose results call another column like the primary one',
    'select title as id from posts where slug = $1',
    ['x'],
    [{ id: 'a title' }],
    ['posts'],
  ],
  [
    'the same, behind the columns of a star',
    'select *, title as id from posts where slug = $1',
    ['x'],
    [{ id: 'a title' }],
    ['posts'],
  ],
  [
    'the same, of an expression',
    'select title || 1 id from posts where slug = $1',
    ['x'],
    [{ id: 'a title' }],
    ['posts'],
  ],
  [
    'the same, with the key in another spelling',
    'select title as "id" from posts where id = $1',
    ['042'],
    [{ id: 'a title' }],
    ['posts'],
  ],
  [
    'the key under its own name',
    'select title, id from posts where slug = $1',
    ['x'],
    [{ id: 7 }],
    ['posts:7'],
  ],
  [
    'the key of an alias with its star',
    'select p.*, 1 as one from posts p where slug = $1',
    ['x'],
    [{ id: 7 }],
    ['posts:7'],
  ],
  ['the key named again', 'select "id" as "id" from posts where slug = $1', ['x'], [{ id: 7 }], ['posts:7']],
  [
    'joined rows of which one has its key in an expression without a name of its own',
    'select p.id, a.id::text from posts p join authors a on a.id = p.author_id where p.id in (1, 2)',
    [],
    [{ id: 1 }, { id: 2 }],
    ['posts', 'authors'],
  ],
  ['a row by its key', 'select * from posts where id = $1', ['42'], [{ id: 42 }], ['posts:42']],
  [
    'a row by its key, which the results have not',
    'select title from posts where id = $1',
    [42],
    [{ title: 'x' }],
    ['posts:42'],
  ],
  ['a row that is not there', 'select * from posts where id = $1', [42], [], ['posts']],
  [
    'a key in another spelling: as the results have it',
    'select * from posts where id = $1',
    ['042'],
    [{ id: 42 }],
    ['posts:42'],
  ],
  [
    'a key in another spelling, unknown in the results',
    'select title from posts where id = $1',
    ['042'],
    [{ title: 'x' }],
    ['posts'],
  ],
  [
    'several rows by key',
    'select * from posts where id in (1, 2)',
    [],
    [{ id: 1 }, { id: 2 }],
    ['posts:1', 'posts:2'],
  ],
  [
    'several rows by key, of which one is missing',
    'select * from posts where id in (1, 2)',
    [],
    [{ id: 1 }],
    ['posts'],
  ],
  ['a row by another unique key', 'select * from posts where slug = $1', ['x'], [{ id: 7 }], ['posts:7']],
  ['a list', 'select * from posts where author_id = $1', [1], [{ id: 7 }], ['posts']],
  ['a count', 'select count(*) from posts where id = $1', [42], [{ count: 1 }], ['posts']],
  ['a row by a composite key', 'select * from links where a = 1 and b = 2', [], [{ a: 1, b: 2 }], ['links']],
  ['a table of no model', 'select * from other where id = 1', [], [{ id: 1 }], ['other']],
  [
    'a row with the row it refers to',
    `${JOINED} where p.id = $1`,
    [1],
    [{ p_id: 1, a_id: 5 }],
    ['posts:1', 'authors:5'],
  ],
  [
    'a list with the rows they refer to',
    JOINED,
    [],
    [
      { p_id: 1, a_id: 5 },
      { p_id: 2, a_id: 6 },
    ],
    ['posts', 'authors:5', 'authors:6'],
  ],
  [
    'a row that refers to none',
    `${JOINED} where p.id = $1`,
    [1],
    [{ p_id: 1, a_id: null }],
    ['posts:1', 'authors'],
  ],
  [
    'a row with those that refer to it',
    'select p.id as p_id, c.id as c_id from posts p left join comments c on c.post_id = p.id where p.id = 1',
    [],
    [{ p_id: 1, c_id: 5 }],
    ['posts:1', 'comments'],
  ],
])('%s', (_name, sql, parameters, rows, expected) => {
  expect(told(sql, parameters, rows)).toEqual(expected);
});
