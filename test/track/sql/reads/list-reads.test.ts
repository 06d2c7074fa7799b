/** The list to which a query is restricted, and whether all rows of the list are in the results. */
import { expect, test } from 'vitest';
import { ModelStatements } from '../../../../src/track/sql/model-statements.js';
import type { TableModels } from '../../../../src/track/sql/table-models.js';

const KEYS = { primary: ['id'], uniques: [['slug']] };
const MODELS: TableModels = {
  entityOf: (table) => table,
  keysOf: (table) => (table === 'links' ? { primary: ['post_id', 'tag_id'], uniques: [] } : KEYS),
  listsOf: (table) =>
    ({ comments: ['post_id', 'author_id'], links: ['post_id', 'tag_id'], likes: ['comment_id'] })[table] ??
    [],
};

function told(sql: string, rows: unknown, models = MODELS, parameters: readonly unknown[] = [5]): string[] {
  const reads = new ModelStatements(models).reads({ sql, parameters, rows }).reads;
  return reads.map(({ entity: table, id, list, isMissing }) => {
    if (isMissing === true) return `${table}:+`;
    if (list === undefined) return id === undefined ? table : `${table}:${id}`;
    return `${table}?${list.column}=${list.values} ${list.ids === undefined ? 'in part' : `[${list.ids}]`}`;
  });
}

const SOME = [{ id: 7 }, { id: 8 }];
const JOINED = [
  { p: 5, c: 7, u: 1 },
  { p: 5, c: 8, u: 1 },
];
const OF_TAG = 'select p.id as id from posts p join links l on l.post_id = p.id';
const OF_POST =
  'select p.id as p, c.id as c, u.id as u from posts p left join comments c on c.post_id = p.id left join users u on u.id = c.author_id';

test.each<[string, unknown, string[]]>([
  ['select id, text from comments where post_id = $1', SOME, ['comments?post_id=5 [7,8]']],
  ['select * from comments where post_id = $1 order by created desc', SOME, ['comments?post_id=5 [7,8]']],
  ['select id from comments where post_id = $1', [], ['comments?post_id=5 []']],
  ['select c.id from comments as c where (c.post_id = 5)', SOME, ['comments?post_id=5 [7,8]']],
  ['select id from comments where post_id in (5, 6)', SOME, ['comments?post_id=5,6 [7,8]']],
  // Other rows of the list may get into the results.
  ['select id from comments where post_id = $1 limit 2', SOME, ['comments?post_id=5 in part']],
  ['select id from comments where post_id = $1 offset 1', SOME, ['comments?post_id=5 in part']],
  ['select distinct id from comments where post_id = $1', SOME, ['comments?post_id=5 in part']],
  ['select id from comments where post_id = $1 and hidden = false', SOME, ['comments?post_id=5 in part']],
  ['select text from comments where post_id = $1', [{ text: '' }], ['comments?post_id=5 in part']],
  ['select count(*) from comments where post_id = $1', [{ count: 2 }], ['comments?post_id=5 in part']],
  ['select max(id) as id from comments where post_id = $1', [{ id: 8 }], ['comments?post_id=5 in part']],
  ['select post_id from comments where post_id = 5 group by post_id', SOME, ['comments?post_id=5 in part']],
  [
    'select c.id as id from comments c join users u on u.id = c.author_id where c.post_id = 5',
    SOME,
    ['comments?post_id=5 in part', 'users'],
  ],
  [
    'select c.id as id from comments c cross join unnest(c.tags) as t where c.post_id = 5',
    SOME,
    ['comments?post_id=5 in part'],
  ],
  [
    'select c.id as id, u.id as u from comments c left join users u on u.id = c.author_id where c.post_id = 5 order by u.name',
    [{ id: 7, u: 1 }],
    ['comments?post_id=5 [7]', 'users:1'],
  ],
  // Rows of no list, or of an unknown list.
  ['select id from comments where post_id = $1 or hidden', SOME, ['comments']],
  ['select id from comments where not post_id = $1', SOME, ['comments']],
  ['select id from comments where post_id <> $1', SOME, ['comments']],
  ['select id from comments where post_id = author_id', SOME, ['comments']],
  ['select id from comments where (post_id = 5) = false', SOME, ['comments']],
  ['select id from comments where post_id::text = $1', SOME, ['comments']],
  ['select id from comments where likes = 5', SOME, ['comments']],
  ['select id from comments as c (id, post_id, author_id) where post_id = 5', SOME, ['comments']],
  ['select id from comments where post_id = 5 union select id from comments', SOME, ['comments', 'comments']],
  ['select id from comments where post_id = 5 union table comments', SOME, ['comments', 'comments']],
  ['with x as (select id from comments) select id from x where post_id = 5', SOME, ['comments', 'x']],
  ['select id from (select id from comments) x where post_id = 5', SOME, ['comments']],
  ['select c.id from comments c, posts p where post_id = 5', SOME, ['comments', 'posts']],
  // Lists of a row that was looked up.
  [`${OF_POST} where p.id = 5`, JOINED, ['posts:5', 'comments?post_id=5 [7,8]', 'users:1']],
  [`${OF_POST} where p.slug = 'x'`, JOINED, ['posts:5', 'comments?post_id=5 [7,8]', 'users:1']],
  [
    `${OF_POST} where p.id = 5`,
    [{ p: 5, c: null, u: null }],
    ['posts:5', 'comments?post_id=5 []', 'users:+'],
  ],
  [
    `${OF_POST} where p.id = 5 and c.hidden = false`,
    JOINED,
    ['posts:5', 'comments?post_id=5 in part', 'users:1'],
  ],
  [`${OF_POST} where p.id = 5 order by c.id`, JOINED, ['posts:5', 'comments?post_id=5 in part', 'users:1']],
  [`${OF_POST} where p.id = 5 limit 2`, JOINED, ['posts:5', 'comments?post_id=5 in part', 'users:1']],
  [`${OF_POST} where p.title = 'x'`, JOINED, ['posts', 'comments', 'users:1']],
  [
    'select p.id as p, c.id as c from posts p left join comments c on c.post_id = p.id and c.hidden = false where p.id = 5',
    JOINED,
    ['posts:5', 'comments?post_id=5 in part'],
  ],
  [
    'select p.id as p, c.id as c from posts p left join comments c on c.post_id = p.version where p.id = 5',
    JOINED,
    ['posts:5', 'comments'],
  ],
  [
    'select p.id as p, c.id as c, l.id as l from posts p left join comments c on c.post_id = p.id left join likes l on l.comment_id = c.id where p.id = 5',
    [
      { p: 5, c: 7, l: 1 },
      { p: 5, c: 8, l: null },
    ],
    ['posts:5', 'comments?post_id=5 [7,8]', 'likes?comment_id=7,8 [1]'],
  ],
  // A comment without likes may get one.
  [
    'select p.id as p, c.id as c, l.id as l from posts p left join comments c on c.post_id = p.id join likes l on l.comment_id = c.id where p.id = 5',
    [{ p: 5, c: 7, l: 1 }],
    ['posts:5', 'comments?post_id=5 in part', 'likes'],
  ],
  [
    'select p.id as p, t.id as t from posts p left join links l on l.post_id = p.id left join tags t on t.id = l.tag_id where p.id = 5',
    [{ p: 5, t: 3 }],
    ['posts:5', 'links?post_id=5 in part', 'tags:3'],
  ],
  // Rows that a list refers to by their keys: a missing row may be added.
  [`${OF_TAG} where l.tag_id = 3`, [{ id: 5 }], ['posts:5', 'posts:+', 'links?tag_id=3 in part']],
  [`${OF_TAG} where l.tag_id = 3 order by p.title`, [], ['posts:+', 'links?tag_id=3 in part']],
  [
    'select p.id as id from links l inner join posts p on l.post_id = p.id where l.tag_id = 3',
    [{ id: 5 }],
    ['links?tag_id=3 in part', 'posts:5', 'posts:+'],
  ],
  // Other rows may get into the results too.
  [`${OF_TAG} where l.tag_id = 3 and p.hidden = false`, [{ id: 5 }], ['posts', 'links?tag_id=3 in part']],
  [`${OF_TAG} where l.tag_id = 3 limit 1`, [{ id: 5 }], ['posts', 'links?tag_id=3 in part']],
  [`${OF_TAG} and p.hidden = false where l.tag_id = 3`, [{ id: 5 }], ['posts', 'links?tag_id=3 in part']],
  [
    `${OF_TAG} join users u on u.id = p.author_id where l.tag_id = 3`,
    [{ id: 5 }],
    ['posts', 'links?tag_id=3 in part', 'users'],
  ],
  [
    'select p.id as id from posts p join links l on l.post_id = p.version where l.tag_id = 3',
    [{ id: 5 }],
    ['posts', 'links?tag_id=3 in part'],
  ],
  // The row may exist, but be hidden.
  [
    'select p.id as p, u.id as u from posts p left join users u on u.id = p.author_id and u.hidden = false where p.id = 5',
    [{ p: 5, u: null }],
    ['posts:5', 'users'],
  ],
])('%s', (sql, rows, expected) => {
  expect(told(sql, rows)).toEqual(expected);
});

test.each<[string, unknown, string]>([
  ['a number', 5, 'comments?post_id=5 [7,8]'],
  ['a number as a text', '5', 'comments?post_id=5 [7,8]'],
  ['a UUID, which a number may find', '5abcdef0-0000-4000-8000-000000000000', 'comments?post_id= [7,8]'],
])('on MySQL, by %s', (_, value, expected) => {
  const sql = 'select id from comments where post_id = ?';
  expect(told(sql, SOME, { ...MODELS, isLoose: true }, [value])).toEqual([expected]);
});

test.each<[string, 'texts' | 'integers' | 'unknown', unknown, string]>([
  ['integers', 'integers', 7, 'comments?post_id=5 [7]'],
  ['what is not known, and a number came', 'unknown', 7, 'comments?post_id=5 [7]'],
  ['what is not known, and a text came', 'unknown', '07', 'comments?post_id=5 in part'],
  ['texts of which a change may write others', 'texts', '７', 'comments?post_id=5 in part'],
])('on MySQL, where the key holds %s', (_, loose, id, expected) => {
  const models = { ...MODELS, isLoose: true, keysOf: () => ({ ...KEYS, loose }) };
  expect(told('select id from comments where post_id = 5', [{ id }], models)).toEqual([expected]);
});
