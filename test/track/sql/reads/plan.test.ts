/** The plan that is made once for a text stays valid as long as the models say the same. */
import { expect, test } from 'vitest';
import { ModelStatements } from '../../../../src/track/sql/model-statements.js';
import type { TableKeys, TableModels } from '../../../../src/track/sql/table-models.js';

const SQL = 'select p.id as id, p.slug as slug from posts p where p.slug = $1';
const QUERY = { sql: SQL, parameters: ['hello'], rows: [{ id: 7, slug: 'hello' }] };
const BY_KEY = [{ entity: 'posts', id: 7 }];
const BY_ANY = [{ entity: 'posts' }];

interface Said {
  keys: TableKeys | undefined;
  lists: readonly string[];
  entity: string;
}

/** Returns models that say the same with new objects each time, as those of some ORMs do. */
function modelsOf(said: Said): TableModels {
  return {
    entityOf: () => said.entity,
    keysOf: () => structuredClone(said.keys),
    listsOf: () => [...said.lists],
  };
}

const FIRST: Said = { keys: { primary: ['id'], uniques: [['slug']] }, lists: [], entity: 'posts' };

test.each<[string, Partial<Said>, readonly object[]]>([
  ['nothing else', {}, BY_KEY],
  ['no keys any more', { keys: undefined }, BY_ANY],
  ['another key', { keys: { primary: ['slug'], uniques: [] } }, [{ entity: 'posts', id: 'hello' }]],
  ['a key of two columns', { keys: { primary: ['id', 'slug'], uniques: [['slug']] } }, BY_ANY],
  ['no other unique key', { keys: { primary: ['id'], uniques: [] } }, BY_ANY],
  ['another unique key', { keys: { primary: ['id'], uniques: [['name']] } }, BY_ANY],
  ['one more unique key', { keys: { primary: ['id'], uniques: [['name'], ['slug']] } }, BY_KEY],
  ['keys that convert', { keys: { primary: ['id'], uniques: [['slug']], loose: 'texts' } }, BY_ANY],
  ['a list', { keys: { primary: ['id'], uniques: [] }, lists: ['slug'] }, [{ list: { column: 'slug' } }]],
  ['another name', { entity: 'Post' }, [{ entity: 'Post', id: 7 }]],
])('models that say %s', (_, change, expected) => {
  const said = { ...FIRST };
  const statements = new ModelStatements(modelsOf(said));
  expect(statements.reads(QUERY).reads).toEqual(BY_KEY);
  Object.assign(said, change);
  expect(statements.reads(QUERY).reads).toMatchObject(expected);
  expect(new ModelStatements(modelsOf(said)).reads(QUERY).reads).toEqual(statements.reads(QUERY).reads);
});

test('a text with other parameters and other results is read by the same plan', () => {
  const statements = new ModelStatements(modelsOf(FIRST));
  const read = (slug: string, rows: readonly object[]) =>
    statements.reads({ sql: SQL, parameters: [slug], rows }).reads;
  expect(read('hello', [{ id: 7, slug: 'hello' }])).toEqual(BY_KEY);
  expect(read('other', [{ id: 8, slug: 'other' }])).toEqual([{ entity: 'posts', id: 8 }]);
  expect(read('none', [])).toEqual(BY_ANY);
  expect(read('hello', [{ id: 7, slug: 'hello' }])).toEqual(BY_KEY);
});

test('a query for keys around another does not change what that reads by itself', () => {
  const models: TableModels = {
    entityOf: (table) => table,
    keysOf: () => ({ primary: ['id'], uniques: [] }),
  };
  const statements = new ModelStatements(models);
  const sql =
    'select p.id as p_id, a.id as a_id from posts p left join authors a on a.id = p.author_id where p.id = $1';
  const read = (around?: string) => {
    const rows = [{ p_id: 7, a_id: 3 }];
    const query = { sql, parameters: [7], rows, ...(around !== undefined && { around }) };
    return statements.reads(query).reads;
  };
  const around = 'SELECT DISTINCT "distinctAlias"."p_id" AS "ids_p_id" FROM ';
  const [post, author] = [
    { entity: 'posts', id: 7 },
    { entity: 'authors', id: 3 },
  ];
  for (let turn = 0; turn < 2; turn += 1) {
    expect(read()).toEqual([post, author]);
    expect(read(around)).toEqual([post]);
    expect(read('SELECT DISTINCT "distinctAlias"."a_id" AS "ids_a_id" FROM ')).toEqual([post, author]);
  }
});
