import { expect, test } from 'vitest';
import { ModelStatements } from '../../../../src/track/sql/model-statements.js';
import type { TableKeys, TableModels } from '../../../../src/track/sql/table-models.js';

const KEYS: Record<string, TableKeys> = {
  posts: { primary: ['id'], uniques: [['slug']] },
  authors: { primary: ['id'], uniques: [] },
  comments: { primary: ['id'], uniques: [] },
  links: { primary: ['a', 'b'], uniques: [] },
};

const MODELS: TableModels = {
  entityOf: (table) => table,
  keysOf: (table) => KEYS[table],
  listsOf: (table) => ({ comments: ['post_id'], links: ['a', 'b'] })[table] ?? [],
};

const told = (sql: string, parameters: unknown[], rows: unknown) =>
  new ModelStatements(MODELS).reads({ sql, parameters, rows }).reads.map(({ entity: table, id, list }) => {
    if (list === undefined) return id === undefined ? table : `${table}:${id}`;
    const shown = list.ids === undefined ? '' : ` (${list.ids})`;
    return `${table}?${list.column}=${list.values}${shown}`;
  });

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
  [
    'a row by a composite key',
    'select * from links where a = 1 and b = 2',
    [],
    [{ a: 1, b: 2 }],
    ['links?a=1'],
  ],
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
    ['posts:1', 'comments?post_id=1 (5)'],
  ],
])('%s', (_name, sql, parameters, rows, expected) => {
  expect(told(sql, parameters, rows)).toEqual(expected);
});

/** Queries of a list of posts. The author of a post may become a row that was not in the results. */
test.each<[string, string, boolean]>([
  ['is only shown', 'left join authors a on a.id = p.author_id', true],
  [
    'is only shown, in an order of the first',
    'left join authors a on a.id = p.author_id order by p.n limit 2',
    true,
  ],
  ['may have more conditions', 'left join authors a on a.id = p.author_id and a.gone is null', true],
  [
    'is joined by its key alone',
    'left join authors a on a.id = p.author_id left join authors b on b.id = a.boss',
    true,
  ],
  ['has to be there', 'join authors a on a.id = p.author_id', false],
  ['chooses', 'left join authors a on a.id = p.author_id where a.active', false],
  ['chooses, without its name', 'left join authors a on a.id = p.author_id where active', false],
  [
    'chooses by its absence',
    'left join authors a on a.id = p.author_id where a.id is null or p.n > 1',
    false,
  ],
  ['puts in order', 'left join authors a on a.id = p.author_id order by a.name limit 1', false],
  [
    'puts in order by its name in the results',
    'left join authors a on a.id = p.author_id order by a_id limit 1',
    false,
  ],
  ['puts in order by its number', 'left join authors a on a.id = p.author_id order by 2 limit 1', false],
  ['is not joined by its key', 'left join authors a on a.n = p.n', false],
  ['is not joined by a column', 'left join authors a on a.id = a.boss', false],
  ['is joined by another join', 'left join authors a on a.n = p.n left join comments c on c.x = a.id', false],
  [
    'adds rows of a third',
    'left join authors a on a.id = p.author_id left join comments c on c.author = a.id limit 1',
    false,
  ],
  ['is a product', 'cross join authors a', false],
  ['is listed', ', authors a', false],
])('of a list the rows of a joined table that %s are told: %s, %s', (_name, joined, isTold) => {
  const sql = `select p.id as p_id, a.id as a_id from posts p ${joined}`;
  expect(told(sql, [], [{ p_id: 1, a_id: 5 }]).includes('authors:5')).toBe(isTold);
  if (!isTold) expect(told(sql, [], [{ p_id: 1, a_id: 5 }])).toContain('authors');
});

test.each<[string, string, boolean]>([
  ['has to be there', 'join authors a on a.id = p.author_id where p.id = 1', true],
  ['chooses', 'join authors a on a.id = p.author_id where p.id = 1 and a.active', true],
  [
    'puts in order',
    'left join authors a on p.author_id = a.id where p.slug = $1 order by a.name limit 1',
    true,
  ],
  [
    'is joined by a third',
    'join comments c on c.post_id = p.id join authors a on a.id = c.author_id where p.id = 1',
    false,
  ],
  ['is the same table, in two schemas', 'join other.posts a on a.id = p.author_id where p.id = 1', true],
])(
  'of a row that was looked up the rows of a joined table that %s are told: %s, %s',
  (_name, joined, isTold) => {
    const sql = `select p.id as p_id, a.id as a_id from posts p ${joined}`;
    const found = told(sql, ['x'], [{ p_id: 1, a_id: 5 }]);
    expect(found).toContain('posts:1');
    expect(found.some((tag) => tag === 'authors:5' || tag === 'posts:5')).toBe(isTold);
  },
);

test('of two tables that have one name no rows are told', () => {
  const sql = 'select posts.id from a.posts, b.posts where b.posts.id = 1';
  expect(told(sql, [], [{ id: 1 }])).toEqual(['posts', 'posts']);
});
