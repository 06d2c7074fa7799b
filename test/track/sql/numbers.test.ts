import { describe, expect, test } from 'vitest';
import { mysqlSql } from '../../../src/track/sql/mysql/dialect.js';
import { type Statement, StatementReader } from '../../../src/track/sql/statement.js';
import { valuesOf } from '../../../src/track/sql/syntax/conditions.js';
import { liftNumbers } from '../../../src/track/sql/syntax/numbers.js';

/** Makes a text so long that it is neither cached nor changed. */
const asItIs = (sql: string) => sql + ' '.repeat(5_000);

const dialects = [undefined, mysqlSql];

/** Returns the parts of a reading that must be equal in two readings, or the error if the text cannot be read. */
function said(read: () => Statement): unknown {
  try {
    // Readings may differ in where their values come from.
    return { ...read(), comparisons: undefined, values: undefined };
  } catch (error) {
    return String(error);
  }
}

describe('numbers in a text become parameters', () => {
  test.each<[sql: string, lifted: string, values: unknown[]]>([
    ['SELECT * FROM "post" WHERE "id" = 5', 'SELECT * FROM "post" WHERE "id" = ?', [5]],
    ['SELECT * FROM `post` WHERE (`id`=5)', 'SELECT * FROM `post` WHERE (`id`=?)', [5]],
    ['select * from p where a = ? and b in (1, 22) and c = ?', '', ['x', 1, 22, 'y']],
    ['update p set n = 7 where id = 9007199254740993', '', [7, 9007199254740993n]],
    ['insert into p (a, b) values (1, ?)', '', [1, 'x']],
    ['select * from p where id = 05', '', [Number.NaN]],
  ])('%s', (sql, text, values) => {
    const lifted = liftNumbers(sql);
    expect(valuesOf(lifted?.operands ?? [], ['x', 'y'])).toEqual(values);
    expect(lifted?.sql).toBe(text === '' ? sql.replace(/(?<=[=(,] )\d+|(?<=\()\d+/g, '?') : text);
  });

  test.each([
    'select * from p where id = 5.5',
    'select * from p where id = 0x1F',
    'select * from p where id = 5e3',
    'select * from p where id = -5',
    'select * from p where id = 5 + 1',
    'select * from p where id = 5 > 4',
    'select * from p where id = 5::int',
    "select * from p where name = 'id = 5'",
    'select * from p where "id = 5" = 5',
    'select * from p where "a" = 5 -- and b = 6',
    'select * from p where id = 5 /* , 6 */',
    'select * from p where id = $1 and b = 5',
    'select * from p where id = ?1 and b = 5',
    'select * from ?? where b = 5',
    'select * from [a = 5] where b = 5',
    'set autocommit = 0',
    'set autocommit = 1; select 1',
    'with a as (select 1) select * from a where b = 5',
    'select * from p limit 5',
  ])('but not in: %s', (sql) => {
    expect(liftNumbers(sql)).toBeUndefined();
  });

  test('of a text without an end to its quotes, in no time', () => {
    const sql = `select ${'"a" = 5, '.repeat(400)}"`;
    expect(liftNumbers(sql)).toBeUndefined();
  });
});

describe('what a text says is the same with its numbers in it', () => {
  test.each([
    'SELECT "Post"."id" AS "Post_id" FROM "post" "Post" LEFT JOIN "author" "A" ON "A"."id"="Post"."authorId" WHERE (("Post"."id" = 5))',
    'select * from p where id in (1, 2, ?) and kind = 3 limit 5',
    'select distinct a, 2 as b, (3) c from p order by a, 2',
    'select p.a, 5 from p join q on q.id = p.q and q.kind = 5 where p.id = 5 order by p.a, 2',
    'select round(a, 2), b from p where f(b, 3) = 4',
    'select * from p where 5 = id and id = 6',
    'select * from p where (a, b) = (1, 2)',
    'select * from p where a = 1 or b = 2',
    'select * from p where not a = 1',
    'select * from p left join q on 1 = 1 and q.id = 5 where q.id = 6',
    'update p set a = 1, b = b = 2 where id = 3',
    'update p set (a, b) = (1, 2) where id = 3',
    'insert into p (a, b) values (1, 2), (3, ?)',
    'insert into p (a) values (1) on conflict (a) do update set a = 2',
    'insert into p (a) values (1) on duplicate key update a = 2',
    'delete from p where id = 1',
    'select * from p where id = ? and b between 1 and 2',
  ])('%s', (sql) => {
    for (const dialect of dialects) {
      const reader = new StatementReader(dialect);
      // Once with other numbers, so that the text without numbers is cached.
      said(() => reader.read(sql.replace(/\d/g, '8'), ['x']));
      for (const parameters of [
        ['y', 'z'],
        ['u', 'v'],
      ]) {
        const remembered = said(() => reader.read(sql, parameters));
        expect(remembered).toEqual(said(() => new StatementReader(dialect).read(asItIs(sql), parameters)));
      }
    }
  });
});
