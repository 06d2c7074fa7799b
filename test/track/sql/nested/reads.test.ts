/** The reads of queries with nested rows, as Drizzle sends them to each database. */
import { expect, test } from 'vitest';
import { ModelStatements } from '../../../../src/track/sql/model-statements.js';
import type { TableKeys, TableModels } from '../../../../src/track/sql/table-models.js';

const KEYS: Record<string, TableKeys> = {
  posts: { primary: ['id'], uniques: [['slug']] },
  authors: { primary: ['id'], uniques: [] },
  comments: { primary: ['id'], uniques: [] },
  tags: { primary: ['id'], uniques: [] },
  post_tags: { primary: ['post_id', 'tag_id'], uniques: [] },
};

function models(loose?: TableKeys['loose']): TableModels {
  return {
    entityOf: (table) => table,
    keysOf: (table) => KEYS[table] && { ...KEYS[table], ...(loose && { loose }) },
    listsOf: (table) => ({ comments: ['post_id'], post_tags: ['post_id', 'tag_id'] })[table] ?? [],
    isLoose: loose !== undefined,
  };
}

function told(sql: string, rows: unknown, parameters: unknown[] = [], of = models()): string[] {
  const { reads } = new ModelStatements(of).reads({ sql, parameters, rows });
  return reads.map(({ entity, id, list, isMissing }) => {
    if (isMissing) return `${entity}:+`;
    if (list === undefined) return id === undefined ? entity : `${entity}:${id}`;
    return `${entity}?${list.column}=${list.values}${list.ids ? ` (${list.ids})` : ''}`;
  });
}

const POSTGRES = `select "posts"."id", "posts"."slug", "posts_author"."data" as "author", "posts_comments"."data" as "comments", "posts_tags"."data" as "tags" from "posts" "posts" left join lateral (select json_build_array("posts_author"."id", "posts_author"."name") as "data" from (select * from "authors" "posts_author" where "posts_author"."id" = "posts"."author_id" limit $1) "posts_author") "posts_author" on true left join lateral (select coalesce(json_agg(json_build_array("posts_comments"."id", "posts_comments"."text")), '[]'::json) as "data" from "comments" "posts_comments" where "posts_comments"."post_id" = "posts"."id") "posts_comments" on true left join lateral (select coalesce(json_agg(json_build_array("posts_tags"."post_id", "posts_tags"."tag_id", "posts_tags_tag"."data")), '[]'::json) as "data" from "post_tags" "posts_tags" left join lateral (select json_build_array("posts_tags_tag"."id", "posts_tags_tag"."name") as "data" from (select * from "tags" "posts_tags_tag" where "posts_tags_tag"."id" = "posts_tags"."tag_id" limit $2) "posts_tags_tag") "posts_tags_tag" on true where "posts_tags"."post_id" = "posts"."id") "posts_tags" on true where "posts"."slug" = $3 limit $4`;
const SQLITE = `select "id", "slug", (select json_array("id", "name") as "data" from (select * from "authors" "posts_author" where "posts_author"."id" = "posts"."author_id" limit ?) "posts_author") as "author", (select coalesce(json_group_array(json_array("id", "text")), json_array()) as "data" from "comments" "posts_comments" where "posts_comments"."post_id" = "posts"."id") as "comments", (select coalesce(json_group_array(json_array("post_id", "tag_id", (select json_array("id", "name") as "data" from (select * from "tags" "posts_tags_tag" where "posts_tags_tag"."id" = "posts_tags"."tag_id" limit ?) "posts_tags_tag"))), json_array()) as "data" from "post_tags" "posts_tags" where "posts_tags"."post_id" = "posts"."id") as "tags" from "posts" "posts" where "posts"."slug" = ? limit ?`;
const MYSQL = POSTGRES.replaceAll('"', '`')
  .replaceAll('json_agg', 'json_arrayagg')
  .replaceAll('json_build_array', 'json_array')
  .replaceAll("'[]'::json", 'json_array()')
  .replaceAll(/\$\d/g, '?');
const PLANETSCALE = SQLITE.replaceAll('"', '`')
  .replaceAll('json_group_array', 'json_arrayagg')
  .replaceAll(
    /\(select coalesce\((json_arrayagg\(.*?\)\)), json_array\(\)\) as `data` (from .*?)\) as/g,
    'coalesce((select $1 $2), json_array()) as',
  )
  .replaceAll(' as `data`', '');

const ROW = {
  ...{ id: 5, slug: 'a' },
  author: [1, 'Ada'],
  comments: [
    [11, 'x'],
    [12, 'y'],
  ],
  tags: [
    [5, 7, [7, 'red']],
    [5, 8, null],
  ],
};
const AS_TEXT = {
  ...ROW,
  author: '[1,"Ada"]',
  comments: '[[11,"x"],[12,"y"]]',
  tags: '[[5,7,"[7,\\"red\\"]"],[5,8,null]]',
};
const READ = [
  'posts:5',
  'authors:1',
  'comments?post_id=5 (11,12)',
  'post_tags?post_id=5',
  'tags:7',
  'tags:+',
];

test.each([
  ['PostgreSQL', POSTGRES, ROW, undefined],
  ['SQLite', SQLITE, AS_TEXT, undefined],
  ['MySQL', MYSQL, ROW, 'unknown'],
  ['MySQL as PlanetScale has it', PLANETSCALE, ROW, 'unknown'],
] as const)('the page of a post with its author, comments and tags, on %s', (_, sql, row, loose) => {
  expect(told(sql, [row], [1, 1, 'a', 1], models(loose))).toEqual(READ);
});

test('where no post is found, what it would name is not read', () => {
  expect(told(POSTGRES, [], [1, 1, 'a', 1])).toEqual(['posts']);
});

const author = (inner: string) =>
  `select "id", (${inner}) as "author" from "posts" "posts" where "posts"."id" = 5`;
const AUTHOR =
  'select json_array("id") as "data" from (select * from "authors" "a" where "a"."id" = "posts"."author_id" limit 1) "a"';
const list = (inner: string) =>
  `select "id", (${inner}) as "list" from "posts" "posts" where "posts"."id" = 5`;
const LIST =
  'select coalesce(json_group_array(json_array("id")), json_array()) as "data" from "comments" "c" where "c"."post_id" = "posts"."id"';

test.each<[string, string, unknown, string[]]>([
  ['a row', author(AUTHOR), { author: [1] }, ['posts:5', 'authors:1']],
  ['a row that is missing', author(AUTHOR), { author: null }, ['posts:5', 'authors:+']],
  [
    'a row whose key is not shown',
    author(AUTHOR.replace('"id"', '"name"')),
    { author: ['Ada'] },
    ['posts:5', 'authors'],
  ],
  [
    'a key that JSON may write in another way',
    author(AUTHOR),
    { author: ['2020-01-01'] },
    ['posts:5', 'authors'],
  ],
  ['a decimal key', author(AUTHOR), { author: [1.5] }, ['posts:5', 'authors']],
  ['a key that is a text', author(AUTHOR), { author: ['ada'] }, ['posts:5', 'authors:ada']],
  ['what is no row', author(AUTHOR), { author: 'ada' }, ['posts:5', 'authors']],
  [
    'a row with a further condition',
    author(AUTHOR.replace(' limit', ' and "a"."n" > 3 limit')),
    { author: [1] },
    ['posts:5', 'authors:1'],
  ],
  [
    'one that does not meet it',
    author(AUTHOR.replace(' limit', ' and "a"."n" > 3 limit')),
    { author: null },
    ['posts:5', 'authors'],
  ],
  [
    'one of two',
    author(AUTHOR.replace(' limit', ' or "a"."n" > 3 limit')),
    { author: [1] },
    ['posts:5', 'authors'],
  ],
  [
    'a row by another column',
    author(AUTHOR.replace('"a"."id"', '"a"."slug"')),
    { author: [1] },
    ['posts:5', 'authors'],
  ],
  ['a list', list(LIST), { list: [[1], [2]] }, ['posts:5', 'comments?post_id=5 (1,2)']],
  [
    'a list with a further condition',
    list(`${LIST} and "c"."n" > 3`),
    { list: [[1]] },
    ['posts:5', 'comments?post_id=5'],
  ],
  [
    'a list that is cut',
    list(
      LIST.replace('from "comments" "c" where', 'from (select * from "comments" "c" where').concat(
        ' limit 1) "c"',
      ),
    ),
    { list: [[1]] },
    ['posts:5', 'comments?post_id=5'],
  ],
  [
    'a list by a column by which none are told apart',
    list(LIST.replace('"c"."post_id"', '"c"."n"')),
    { list: [[1]] },
    ['posts:5', 'comments'],
  ],
  [
    'a list that names another column',
    list(LIST.replace('"posts"."id"', '"posts"."n"')),
    { list: [[1]] },
    ['posts:5', 'comments'],
  ],
])('%s', (_, sql, row, expected) => {
  expect(told(sql, [{ id: 5, ...(row as object) }])).toEqual(expected);
});

test.each([
  ['a condition on what is nested', `${list(LIST)} and "c"."n" = 1`],
  ['an order by what is nested', `${list(LIST)} order by "list"`],
  ['a call', list(LIST.replace('"id"', 'lower("id")'))],
  ['an expression beside', list(LIST).replace('"id",', '"id", upper("slug") as "up",')],
  ['two columns of one name', list(LIST).replace('"id",', '"id", "slug" as "list",')],
  ['one alias twice', list(LIST.replaceAll('"c"', '"posts"'))],
  ['names without quotes', list(LIST).replaceAll('"c"', 'c')],
  ['a union', `${list(LIST)} union select 1, 2`],
  ['a group', list(`${LIST} group by "c"."n"`)],
  ['distinct rows', list(LIST).replace('select "id"', 'select distinct "id"')],
  ['another statement', `${list(LIST)}; select * from "tags" "t"`],
])('%s is followed as a whole', (_, sql) => {
  const reads = told(sql, [{ id: 5, list: [[1]] }]);
  expect(reads).toEqual(expect.arrayContaining(['posts', 'comments']));
  expect(reads.every((read) => !/[:?]/.test(read))).toBe(true);
});
