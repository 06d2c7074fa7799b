/** Random queries with nested rows, as Drizzle writes them for `findFirst` and `findMany`. */
import { and, asc, type Column, desc, eq, gt, inArray, relations, type SQL, type Table } from 'drizzle-orm';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { int, MySqlDialect, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { PgDialect, integer as pgInteger, pgTable, text as pgText } from 'drizzle-orm/pg-core';
import { integer, SQLiteSyncDialect, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Random } from '../../helpers/protocol/choices.js';
import { COLUMNS, type FuzzSchema, type FuzzTable, type Column as Name, REFERENCES } from './schema.js';
import type { FuzzDatabase } from './writes.js';

type Definition = Table & Readonly<Record<Name, Column>>;
type Args = Readonly<Record<string, unknown>>;
type Finder = Readonly<Record<'findMany' | 'findFirst', (args: Args) => { getSQL(): SQL }>>;

interface Drizzle {
  readonly dialect: { sqlToQuery(sql: SQL): { readonly sql: string } };
  define(name: string, types: (number: () => unknown, text: () => unknown) => object): unknown;
  open(schema: Record<string, unknown>): { readonly query: unknown };
}

const DRIZZLES: Readonly<Record<FuzzDatabase, Drizzle>> = {
  sqlite: {
    dialect: new SQLiteSyncDialect(),
    define: (name, types) => sqliteTable(name, types(integer, text) as never),
    open: (schema) => drizzleSqlite.mock({ schema }),
  },
  postgres: {
    dialect: new PgDialect(),
    define: (name, types) => pgTable(name, types(pgInteger, pgText) as never),
    open: (schema) => drizzlePostgres.mock({ schema }),
  },
  mysql: {
    dialect: new MySqlDialect(),
    define: (name, types) => mysqlTable(name, types(int, () => varchar({ length: 20 })) as never),
    // MariaDB does not support LATERAL.
    open: (schema) => drizzleMysql.mock({ schema, mode: 'planetscale' }),
  },
};

interface Relation {
  readonly name: string;
  readonly target: FuzzTable;
  readonly isList: boolean;
}

export class DrizzleReads {
  readonly #drizzle: Drizzle;
  readonly #schema: FuzzSchema;
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #finders: Readonly<Record<string, Finder>>;
  /** In MariaDB a query in FROM cannot refer to the outer rows. So only lists are nested, and only whole ones. */
  readonly #isPoor: boolean;

  constructor(schema: FuzzSchema, database: FuzzDatabase) {
    this.#drizzle = DRIZZLES[database];
    this.#schema = schema;
    this.#isPoor = database === 'mysql';
    this.#definitions = new Map(schema.map((table) => [table.name, this.#define(table)]));
    const related = schema.map((table) => [`${table.name}Relations`, this.#relations(table)]);
    const { query } = this.#drizzle.open(Object.fromEntries([...this.#definitions, ...related]));
    this.#finders = query as Readonly<Record<string, Finder>>;
  }

  next(random: Random): string {
    const table = random.one(this.#schema as readonly [FuzzTable, ...FuzzTable[]]);
    const args = this.#args(table, random, 2);
    const by = random.chance(0.6) ? this.#lookUp(table, random) : this.#condition(table, random);
    const where = random.chance(0.85) ? { where: by } : {};
    const limit = random.chance(0.2) ? { limit: 1 + random.below(3), offset: random.below(2) } : {};
    const finder = this.#finders[table.name];
    const query = random.chance(0.6)
      ? finder?.findFirst({ ...args, ...where })
      : finder?.findMany({ ...args, ...where, ...limit });
    return this.#drizzle.dialect.sqlToQuery((query as { getSQL(): SQL }).getSQL().inlineParams()).sql;
  }

  #args(table: FuzzTable, random: Random, depth: number): Args {
    const most = depth === 2 ? 1 + random.below(2) : random.below(2);
    const relations = random.some(this.#relationsOf(table), 0.5).slice(0, depth === 0 ? 0 : most);
    const inner = relations.map((one) => [one.name, this.#nested(one, random, depth - 1)]);
    const shown = random.some(COLUMNS, 0.7);
    const columns = Object.fromEntries((shown.length === 0 ? COLUMNS : shown).map((name) => [name, true]));
    return {
      ...(random.chance(0.3) ? { columns } : {}),
      with: Object.fromEntries(inner),
      orderBy: this.#order(table, random),
    };
  }

  #nested({ target, isList }: Relation, random: Random, depth: number): Args {
    const { orderBy, ...args } = this.#args(target, random, depth);
    if (!isList) return args;
    const where = random.chance(0.35) ? { where: this.#condition(target, random) } : {};
    const isCut = !this.#isPoor && random.chance(0.3);
    return {
      ...args,
      ...where,
      ...(!this.#isPoor && { orderBy }),
      ...(isCut && { limit: 1 + random.below(2) }),
    };
  }

  #relationsOf(table: FuzzTable): readonly Relation[] {
    const one = REFERENCES.map((column) => ({
      name: `its_${column}`,
      target: this.#table(table[column].name),
      isList: false,
    }));
    const many = this.#schema.flatMap((other) =>
      REFERENCES.filter((column) => other[column].name === table.name).map((column) => ({
        ...{ name: `${other.name}_${column}`, target: other, isList: true },
      })),
    );
    return this.#isPoor ? many : [...one, ...many];
  }

  #order(table: FuzzTable, random: Random): readonly SQL[] {
    const { id, ...others } = this.#columns(table);
    const direction = random.chance(0.5) ? asc : desc;
    const by: Readonly<Record<'n' | 'slug' | 'ref', Column>> = others;
    return [
      ...(random.chance(0.3) ? [direction(by[random.one<'n' | 'slug' | 'ref'>(['n', 'slug', 'ref'])])] : []),
      direction(id),
    ];
  }

  #lookUp(table: FuzzTable, random: Random): SQL {
    const { id, slug } = this.#columns(table);
    if (random.chance(0.3)) return eq(slug, `s${1 + random.below(6)}`);
    const key = () => keyOf(table.keyType, random);
    return random.chance(0.75) ? eq(id, key()) : inArray(id, [key(), key()]);
  }

  #condition(table: FuzzTable, random: Random): SQL {
    const columns = this.#columns(table);
    const reference = random.one(REFERENCES);
    const byList = eq(columns[reference], keyOf(table[reference].keyType, random));
    if (random.chance(0.5)) return byList;
    const above = gt(columns.n, random.below(4));
    return (random.chance(0.5) ? and(byList, above) : above) as SQL;
  }

  #define({ name, keyType, ref, other }: FuzzTable): Definition {
    return this.#drizzle.define(name, (number, words) => {
      const key = (type: FuzzTable['keyType']) => (type === 'integer' ? number() : words());
      const keys = { id: key(keyType), ref: key(ref.keyType), other: key(other.keyType) };
      return { ...keys, slug: words(), n: number(), s: words() };
    }) as Definition;
  }

  #relations(table: FuzzTable) {
    const own = this.#columns(table);
    return relations(own, ({ one, many }) => {
      const singles = REFERENCES.map((column) => {
        const target = this.#columns(this.#table(table[column].name));
        const fields = { fields: [own[column]], references: [target.id] } as never;
        return [
          `its_${column}`,
          one(target, { ...(fields as object), relationName: `${table.name}_${column}` } as never),
        ];
      });
      const lists = this.#schema.flatMap((other) =>
        REFERENCES.filter((column) => other[column].name === table.name).map((column) => {
          const relationName = `${other.name}_${column}`;
          return [relationName, many(this.#columns(other), { relationName })];
        }),
      );
      return Object.fromEntries([...singles, ...lists]);
    });
  }

  #table(name: string): FuzzTable {
    return this.#schema.find((table) => table.name === name) ?? this.#schema[0];
  }

  #columns({ name }: Pick<FuzzTable, 'name'>): Definition {
    return this.#definitions.get(name) as Definition;
  }
}

function keyOf(type: FuzzTable['keyType'], random: Random): number | string {
  const number = 1 + random.below(6);
  if (type === 'loose') return random.one(['1', '01', 'a', 'A', '1x', 'a ']);
  return type === 'integer' ? number : `k${number}`;
}
