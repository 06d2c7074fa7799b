/** What every dialect must do with SQL that is written for its database. */
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../src/track/sql/dialect.js';
import { StatementReader } from '../../src/track/sql/statement.js';

/** A dialect, and how its database writes what differs between databases. */
export interface DialectUnderTest {
  readonly dialect: Dialect;
  name(text: string): string;
  literal(text: string): string;
  /** Returns a parameter of a statement. They are numbered from 1. */
  parameter(number: number): string;
}

export function describeDialect(
  database: string,
  { dialect, name, literal, parameter }: DialectUnderTest,
): void {
  const reader = new StatementReader(dialect);
  const tablesRead = (sql: string) => reader.read(sql).reads.map(({ table }) => table);

  describe(`SQL of ${database}`, () => {
    test.each(['Posts', 'order items', 'from', 'select'])('names the table %s in quotes', (table) => {
      expect(tablesRead(`select * from ${name(table)} where id = 1`)).toEqual([table.toLowerCase()]);
    });

    test.each(['-- from a\n', '/* from a */', "/* it's from a */"])('reads nothing from %j', (comment) => {
      expect(tablesRead(`select 1 ${comment} from posts ${comment}`)).toEqual(['posts']);
    });

    // If the database is unknown, a backslash may be read in two ways. Then one table too many does no harm.
    test.each([' from a', "it's from a", 'c:\\', "\\' from a", '-- ', '/* '])('ends the text %j', (text) => {
      const sql = `select ${literal(text)} from posts where kind = ${literal(text)}`;
      expect(tablesRead(sql)).toContain('posts');
    });

    test('gives each parameter its value', () => {
      const [id, kind, other] = [1, 2, 3].map(parameter);
      const sql = `select * from posts where id = ${id} and kind in (${kind}, ${other})`;
      const { conditions } = reader.read(sql, [7, 'a', 'b']);
      expect(Object.fromEntries(conditions)).toEqual({ id: [7], kind: ['a', 'b'] });
    });

    test('tells a row that is written by the parameter of its key', () => {
      const sql = `update ${name('Posts')} set ${name('title')} = ${parameter(1)} where ${name('id')} = ${parameter(2)}`;
      const { writes, conditions } = reader.read(sql, ['a title', 7]);
      expect(writes).toEqual([{ table: 'posts', alias: 'posts', action: 'update', fields: ['title'] }]);
      expect(conditions.get('id')).toEqual([7]);
    });
  });
}
