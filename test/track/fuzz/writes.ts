/** Random statements that change data. */
import type { Random } from '../../helpers/protocol/choices.js';
import { COLUMNS, type Column, type FuzzSchema, type FuzzTable, LISTS, sqlValue } from './schema.js';

export type FuzzDatabase = 'sqlite' | 'postgres' | 'mysql';

export function randomWrite(schema: FuzzSchema, database: FuzzDatabase, random: Random): string {
  const shapes = OWN[database](schema, random);
  const own = shapes[random.below(shapes.length)];
  const chance = database === 'mysql' ? 0.4 : 0.2;
  return own !== undefined && random.chance(chance) ? own() : common(schema, database, random);
}

type Shapes = readonly (() => string)[];

const OWN: Readonly<Record<FuzzDatabase, (schema: FuzzSchema, random: Random) => Shapes>> = {
  sqlite: ownOfSqlite,
  postgres: ownOfPostgres,
  mysql: ownOfMysql,
};

function common(schema: FuzzSchema, database: FuzzDatabase, random: Random): string {
  const table = one(schema, random);
  const shape = random.below(14);
  if (shape > 11) return ofList(table, random);
  if (shape < 5) return `update ${table.name} set ${assignments(table, random)}${where(table, random)}`;
  if (shape < 7) return `delete from ${table.name}${where(table, random)}`;
  if (shape < 9) return insert(table, random);
  if (database === 'mysql' && shape > 8) return onDuplicateKey(table, random);
  if (shape === 9) return upsert(table, random);
  if (shape === 10) return shadowed(schema, random);
  return `update ${table.name} set (id, n) = (${sqlValue(table, 'id', random)}, ${sqlValue(table, 'n', random)})${where(table, random)}`;
}

function ownOfSqlite(schema: FuzzSchema, random: Random): Shapes {
  const table = one(schema, random);
  return [
    () => `update or replace ${table.name} set ${assignments(table, random)}${where(table, random)}`,
    () => insert(table, random).replace('insert into', 'insert or replace into'),
    () => insert(table, random).replace('insert into', 'replace into'),
    () => insert(table, random).replace('insert into', 'insert or ignore into'),
  ];
}

function ownOfPostgres(schema: FuzzSchema, random: Random): Shapes {
  const [table, other] = [one(schema, random), one(schema, random)];
  const update = `update ${table.name} set ${assignments(table, random)}${where(table, random)}`;
  return [
    () => `truncate ${table.name}, ${other.name}`,
    () => `select 1; truncate ${table.name}`,
    () => `begin; ${update}; commit`,
    () => `/* by hand */ ${update}; delete from ${other.name}${where(other, random)}`,
    () =>
      `with gone as (delete from ${table.name}${where(table, random)} returning *) update ${other.name} set n = ${other.name}.n + 1 from gone where ${other.name}.n = gone.n`,
    () => `delete from ${table.name} using ${other.name} x where x.n = ${table.name}.n`,
    () => `do $$ begin ${update}; end $$`,
  ];
}

function ownOfMysql(schema: FuzzSchema, random: Random): Shapes {
  const [table, other] = [one(schema, random), one(schema, random)];
  const [p, c] = [`${table.name} p`, `${other.name} c`];
  const on = random.one(['c.n = p.n', 'c.ref = p.id', 'c.id = p.id']);
  const by = `p.id = ${sqlValue(table, 'id', random)}`;
  const set = random.one(['p.n = p.n + 1', 'c.n = c.n + 1', 'c.n = 7, p.s = c.s']);
  const update = `update ${table.name} set ${assignments(table, random)}`;
  return [
    () => `update ${p}, ${c} set ${set} where ${on} and ${by}`,
    () => `update ${p} join ${c} on ${on} set ${set} where ${by}`,
    () => `update ${p} straight_join ${c} on ${on} set ${set}`,
    () => `delete p from ${p} join ${c} on ${on} where ${by}`,
    () => `delete c, p from ${p} join ${c} on ${on} where ${by}`,
    () => `delete from c using ${p} join ${c} on ${on} where ${by}`,
    () => `delete quick from ${table.name}${where(table, random)}`,
    () => insert(table, random).replace('insert into', 'replace'),
    () => insert(table, random).replace('insert into', 'insert ignore'),
    () => `${update}${where(table, random)} /*! or n = 2 */`,
    () => `${update} # by hand\n${where(table, random)}`,
    () => `${update} where n = 1 || id = ${sqlValue(table, 'id', random)} && n = 2`,
    () => `begin; ${update}${where(table, random)}; commit`,
    () => `set statement max_statement_time = 10 for ${update}${where(table, random)}`,
    () => `begin not atomic ${update}${where(table, random)}; end`,
    () => `truncate ${table.name}`,
    () => `update ignore ${table.name} set id = ${sqlValue(table, 'id', random)}${where(table, random)}`,
  ];
}

function onDuplicateKey(table: FuzzTable, random: Random): string {
  return `${insert(table, random)} on duplicate key update ${assignments(table, random)}`;
}

/** Returns an update in which another table has the name of the written one as its alias. */
function shadowed(schema: FuzzSchema, random: Random): string {
  const [table, other] = [one(schema, random), one(schema, random)];
  const key = sqlValue(other, 'id', random);
  return `update ${table.name} as w set n = 3 - w.n from ${other.name} as ${table.name} where ${table.name}.id = ${key}`;
}

function insert(table: FuzzTable, random: Random): string {
  return `insert into ${table.name} (${COLUMNS.join()}) values (${COLUMNS.map((column) => sqlValue(table, column, random)).join()})`;
}

function upsert(table: FuzzTable, random: Random): string {
  const target = random.one(['id', 'slug']);
  const action = random.chance(0.2) ? 'nothing' : `update set ${assignments(table, random)}`;
  return `${insert(table, random)} on conflict (${target}) do ${action}`;
}

/** Returns a write that moves rows from one list to another, empties a list, or adds to one. */
function ofList(table: FuzzTable, random: Random): string {
  const [column, other] = [random.one(LISTS), random.one(LISTS)];
  const by = ` where ${column} = ${sqlValue(table, column, random)}`;
  if (random.chance(0.3)) return `delete from ${table.name}${by}`;
  if (random.chance(0.2))
    return `insert into ${table.name} (id, ${column}) values (${sqlValue(table, 'id', random)}, ${sqlValue(table, column, random)})`;
  const which = random.chance(0.5) ? by : where(table, random);
  return `update ${table.name} set ${other} = ${sqlValue(table, other, random)}${random.chance(0.3) ? `, s = 'moved'` : ''}${which}`;
}

function assignments(table: FuzzTable, random: Random): string {
  const [first, ...others] = random.some<Column>(['slug', 'n', 's', 'ref', 'other'], 0.3);
  const columns: readonly Column[] = random.chance(0.1) ? ['id'] : [first ?? 'n', ...others];
  return columns.map((column) => `${column} = ${sqlValue(table, column, random)}`).join(', ');
}

function where(table: FuzzTable, random: Random): string {
  const shape = random.below(12);
  const value = (column: Column) => sqlValue(table, column, random);
  if (shape < 6) return ` where id = ${value('id')}`;
  if (shape < 8) return ` where id in (${value('id')}, ${value('id')})`;
  if (shape === 8) return ` where slug = ${value('slug')}`;
  if (shape === 9) return ` where n = ${value('n')}`;
  if (shape === 10) return ` where id = ${value('id')} or n = ${value('n')}`;
  return random.chance(0.3) ? '' : ` where ${table.name}.id = ${value('id')} and n > 0`;
}

function one(schema: FuzzSchema, random: Random): FuzzTable {
  return schema[random.below(schema.length)] ?? schema[0];
}
