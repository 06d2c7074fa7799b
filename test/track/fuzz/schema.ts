/** Random tables, and the values that their columns have. */
import type { Random } from '../../helpers/protocol/choices.js';

export type Column = 'id' | 'slug' | 'n' | 's' | 'ref' | 'other';
/** `loose` are texts on MySQL, which compares them with numbers, and ignores case and spaces at the end. */
type KeyType = 'integer' | 'text' | 'loose';

export interface FuzzTable {
  readonly name: string;
  readonly keyType: KeyType;
  /** The tables to whose keys the columns `ref` and `other` refer. Each may be the table itself. */
  readonly ref: { readonly name: string; readonly keyType: KeyType };
  readonly other: { readonly name: string; readonly keyType: KeyType };
}

export type FuzzSchema = readonly [FuzzTable, ...FuzzTable[]];

/** The columns of every table. `slug` is unique. */
export const COLUMNS: readonly [Column, ...Column[]] = ['id', 'slug', 'n', 's', 'ref', 'other'];
export const REFERENCES: readonly ['ref', 'other'] = ['ref', 'other'];
/** The columns that define lists. */
export const LISTS: readonly ['ref', 'other', 'n'] = ['ref', 'other', 'n'];
const NAMES = ['posts', 'authors', 'tags', 'notes'];
/** Few, so that reads and writes often concern the same row. */
const KEYS = 5;

export function randomSchema(random: Random, texts: KeyType = 'text'): FuzzSchema {
  const keys = NAMES.slice(0, 2 + random.below(3)).map(
    (name) => ({ name, keyType: random.chance(0.8) ? 'integer' : texts }) as const,
  );
  const [first = keys[0], ...others] = keys.map((key) => ({
    ...key,
    ref: keys[random.below(keys.length)] ?? key,
    other: keys[random.below(keys.length)] ?? key,
  }));
  return [first as FuzzTable, ...others];
}

/** The SQL types of the columns on MySQL, where the type TEXT cannot be a key. */
const LOOSE_TYPES = { integer: 'integer', text: 'varchar(20)', loose: 'varchar(20)' };
const TYPES = { ...LOOSE_TYPES, text: 'text' };
const LOOSE_KEYS = ["'1'", "'01'", "'a'", "'1x'", "'2'", "' 2'"];
/** Values, some of which match keys with a different spelling. */
const LOOSE_VALUES: readonly [string, ...string[]] = ["'A'", ...LOOSE_KEYS, "'a '", "'1 '", '1', '2', '0'];

export function definitionsOf(schema: FuzzSchema, isMysql = false): readonly string[] {
  const types = isMysql ? LOOSE_TYPES : TYPES;
  return schema.flatMap(({ name, keyType, ref, other }) => [
    `drop table if exists ${name}`,
    `create table ${name} (id ${types[keyType]} primary key, slug ${types.text} unique, n integer, s text, ref ${types[ref.keyType]}, other ${types[other.keyType]})`,
  ]);
}

/** Returns statements that replace all rows by a few. Some of these refer to rows that do not exist. */
export function rowsOf(schema: FuzzSchema, random: Random): readonly string[] {
  return schema.flatMap((table) => {
    const rows = Array.from({ length: KEYS }, (_, index) => rowOf(table, index + 1, random)).filter(() =>
      random.chance(0.7),
    );
    const insert = `insert into ${table.name} (${COLUMNS.join()}) values ${rows.join()}`;
    return [`delete from ${table.name}`, ...(rows.length > 0 ? [insert] : [])];
  });
}

/** Returns a value of a column, written in SQL. A key may exist or not. */
export function sqlValue(table: FuzzTable, column: Column, random: Random): string {
  if (column === 'id') return keyValue(table.keyType, random);
  if (column === 'slug') return `'s${1 + random.below(KEYS + 1)}'`;
  if (column === 's') return random.one([`'x'`, `'y'`, `'s1'`, `'it''s from posts'`]);
  if (column === 'n') return String(random.below(4));
  return random.chance(0.2) ? 'null' : keyValue(table[column].keyType, random);
}

function rowOf(table: FuzzTable, number: number, random: Random): string {
  const slug = random.chance(0.8) ? `'s${number}'` : 'null';
  const others = (['n', 's', 'ref', 'other'] as const).map((column) => sqlValue(table, column, random));
  return `(${[keyText(table.keyType, number), slug, ...others].join()})`;
}

function keyValue(type: KeyType, random: Random): string {
  return type === 'loose' ? random.one(LOOSE_VALUES) : keyText(type, 1 + random.below(KEYS + 1));
}

function keyText(type: KeyType, number: number): string {
  if (type === 'loose') return LOOSE_KEYS[number - 1] ?? 'null';
  return type === 'integer' ? String(number) : `'k${number}'`;
}
