/** Random queries, as ORMs, query builders and people write them. */
import type { Random } from '../../helpers/protocol/choices.js';
import { COLUMNS, type FuzzSchema, type FuzzTable, LISTS, REFERENCES, sqlValue } from './schema.js';

/** A table, and its name in a query. */
interface Source {
  readonly table: FuzzTable;
  readonly alias: string;
}

type Sources = readonly [Source, ...Source[]];

/**
 * Returns a random query. Without a total order, a server may choose other rows of a join, although nothing that is
 * read has changed.
 */
export function randomRead(schema: FuzzSchema, random: Random, order: 'some' | 'total' = 'some'): string {
  const shape = random.below(26);
  if (shape < 3) return single(schema, random);
  if (shape > 19) return shape < 23 ? listed(schema, random, order) : withList(schema, random, order);
  if (shape < 15) return joined(schema, random, order);
  if (shape === 15)
    return `${single(schema, random, false)} union ${single(schema, random, false)} order by 1, 2`;
  if (shape === 16) return `with x as (${joined(schema, random, 'none')}) select * from x`;
  if (shape === 17) return `select count(*) as c from (${joined(schema, random, 'none')}) x`;
  if (shape === 18) return grouped(schema, random);
  return nested(schema, random);
}

function single(schema: FuzzSchema, random: Random, isWhole = true): string {
  const source = sourceOf(schema, 0, random);
  const what =
    isWhole && random.chance(0.4)
      ? '*'
      : `${name(source, isWhole ? 'id' : 'slug')} as id, ${name(source, 'n')} as n`;
  const end = isWhole ? `${orderOf([source], random)}${limitOf(random)}` : '';
  return `select ${what} from ${source.table.name} ${source.alias}${whereOf([source], random)}${end}`;
}

/** Reads the rows with a value in a column, alone or with the rows that they refer to, all of them or a part. */
function listed(schema: FuzzSchema, random: Random, ordered: 'some' | 'total'): string {
  const source = sourceOf(schema, 0, random);
  if (random.chance(0.15))
    return `select count(*) as c from ${source.table.name} ${source.alias} where ${inList(source, random)}`;
  const { next, text } = joinOf(schema, [source], random);
  const isJoined = random.chance(0.3);
  const what = [source, ...(isJoined ? [next] : [])].map(
    (one) => `${name(one, 'id')} as ${one.alias}_id, ${shown(one, random)}`,
  );
  const more = random.chance(0.2) ? ` and ${condition(source, random)}` : '';
  const limit = random.chance(0.2) ? limitOf(random) : '';
  const sources: Sources = isJoined ? [source, next] : [source];
  return `select ${what.join(', ')} from ${source.table.name} ${source.alias}${isJoined ? text : ''} where ${inList(source, random)}${more}${orderOf(sources, random, ordered)}${limit}`;
}

/** Looks up a row with the rows that refer to it, and perhaps rows that refer to these, or that these refer to. */
function withList(schema: FuzzSchema, random: Random, ordered: 'some' | 'total'): string {
  const first = sourceOf(schema, 0, random);
  let sources: Sources = [first];
  let from = `${first.table.name} ${first.alias}`;
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const before = sources[random.below(sources.length)] ?? first;
    const next = sourceOf(schema, sources.length, random);
    const back = [...REFERENCES].find((column) => next.table[column].name === before.table.name);
    const isBack = back !== undefined && random.chance(0.7);
    const reference = random.one(REFERENCES);
    const table = schema.find((one) => one.name === before.table[reference].name) ?? next.table;
    const own = isBack ? next : { ...next, table };
    const on = isBack
      ? flipped(name(own, back), name(before, 'id'), random)
      : flipped(name(own, 'id'), name(before, reference), random);
    const more = random.chance(0.1) ? ` and ${condition(own, random)}` : '';
    from += ` ${random.chance(0.8) ? 'left' : 'inner'} join ${own.table.name} ${own.alias} on ${on}${more}`;
    sources = [...sources, own];
  }
  const columns = sources.flatMap((source) => [
    `${name(source, 'id')} as ${source.alias}_id`,
    shown(source, random),
  ]);
  const more = random.chance(0.15) ? ` and ${condition(random.one([sources[0], ...sources]), random)}` : '';
  return `select ${columns.join(', ')} from ${from} where ${lookUp(first, random)}${more}${orderOf(sources, random, ordered)}${random.chance(0.1) ? limitOf(random) : ''}`;
}

function inList(source: Source, random: Random): string {
  const column = random.one(LISTS);
  const value = () => sqlValue(source.table, column, random).replace('null', '1');
  return random.chance(0.85)
    ? `${name(source, column)} = ${value()}`
    : `${name(source, column)} in (${value()}, ${value()})`;
}

function joined(schema: FuzzSchema, random: Random, ordered: 'none' | 'some' | 'total'): string {
  let sources: Sources = [sourceOf(schema, 0, random)];
  let from = `${sources[0].table.name} ${sources[0].alias}`;
  for (let count = 1 + random.below(2); count > 0; count -= 1) {
    const { next, text } = joinOf(schema, sources, random);
    sources = [...sources, next];
    from += text;
  }
  const columns = sources.flatMap((source) =>
    random.chance(0.85) ? [`${name(source, 'id')} as ${source.alias}_id`, shown(source, random)] : [],
  );
  const distinct = random.chance(0.05) ? 'distinct ' : '';
  const what = columns.length === 0 ? `${name(sources[0], 'id')} as a_id` : columns.join(', ');
  const where = whereOf(sources, random);
  const end = ordered === 'none' ? '' : `${orderOf(sources, random, ordered)}${limitOf(random)}`;
  return `select ${distinct}${what} from ${from}${where}${end}`;
}

function joinOf(schema: FuzzSchema, sources: Sources, random: Random) {
  const before = sources[random.below(sources.length)] ?? sources[0];
  const reference = random.one(REFERENCES);
  const next = { ...sourceOf(schema, sources.length, random) };
  const referred = schema.find((table) => table.name === before.table[reference].name) ?? next.table;
  const kind = random.one([
    'left join',
    'left join',
    'left outer join',
    'join',
    'inner join',
    ',',
    'cross join',
  ]);
  const forward = { table: referred, alias: next.alias };
  const forth = flipped(name(forward, 'id'), name(before, reference), random);
  const backward = [...REFERENCES].find((column) => next.table[column].name === before.table.name);
  const back = backward === undefined ? undefined : flipped(name(next, backward), name(before, 'id'), random);
  const isBack = back !== undefined && random.chance(0.3);
  const own = isBack ? next : forward;
  const more = random.chance(0.15) ? ` and ${condition(own, random)}` : '';
  const odd = random.chance(0.1) ? `${name(own, 'n')} = ${name(before, 'n')}` : undefined;
  const on = `${odd ?? (isBack ? back : forth)}${more}`;
  if (kind === ',' || kind === 'cross join')
    return { next: own, text: ` cross join ${own.table.name} ${own.alias}` };
  return { next: own, text: ` ${kind} ${own.table.name} as ${own.alias} on ${on}` };
}

function flipped(left: string, right: string, random: Random): string {
  return random.chance(0.5) ? `${left} = ${right}` : `${right} = ${left}`;
}

function grouped(schema: FuzzSchema, random: Random): string {
  const source = sourceOf(schema, 0, random);
  return `select ${name(source, 'n')} as n, count(*) as c from ${source.table.name} ${source.alias}${whereOf([source], random)} group by ${name(source, 'n')} order by 1`;
}

function nested(schema: FuzzSchema, random: Random): string {
  const [outer, inner] = [sourceOf(schema, 0, random), sourceOf(schema, 1, random)];
  const sub = `select ${name(inner, 'n')} from ${inner.table.name} ${inner.alias}${whereOf([inner], random)}`;
  const list = `select id, n from ${outer.table.name} ${outer.alias}`;
  if (random.chance(0.4)) return `${list} where n in (${sub}) order by id`;
  if (random.chance(0.4)) return `${list} where exists (${sub}) and ${condition(outer, random)} order by id`;
  return `select id, (select count(*) from ${inner.table.name} ${inner.alias}) as c from ${outer.table.name} ${outer.alias} where ${condition(outer, random)} order by id`;
}

function sourceOf(schema: FuzzSchema, number: number, random: Random): Source {
  const table = schema[random.below(schema.length)] ?? schema[0];
  return { table, alias: 'abcd'[number] ?? 'z' };
}

function name({ alias }: Source, column: string): string {
  return `${alias}.${column}`;
}

function shown(source: Source, random: Random): string {
  const column = random.one(COLUMNS);
  return `${name(source, column)} as ${source.alias}_${column}${column === 'id' ? '2' : ''}`;
}

function whereOf(sources: Sources, random: Random): string {
  const parts: string[] = [];
  if (random.chance(0.35)) parts.push(lookUp(sources[0], random));
  for (const source of sources) if (random.chance(0.2)) parts.push(condition(source, random));
  return parts.length === 0 ? '' : ` where ${parts.join(random.chance(0.9) ? ' and ' : ' or ')}`;
}

/** Returns a condition on a key, as the page of one row has it. */
function lookUp(source: Source, random: Random): string {
  const column = random.one(['id', 'id', 'slug'] as const);
  const value = () => sqlValue(source.table, column, random);
  return random.chance(0.75)
    ? `${name(source, column)} = ${value()}`
    : `${name(source, column)} in (${value()}, ${value()})`;
}

function condition(source: Source, random: Random): string {
  const column = random.one(COLUMNS);
  const value = sqlValue(source.table, column, random);
  const operator = random.one(['=', '<>', '>']);
  return value === 'null'
    ? `${name(source, column)} is null`
    : `${name(source, column)} ${operator} ${value}`;
}

/** Orders by all keys at the end, so that the order of the rows is unique. */
function orderOf(sources: Sources, random: Random, ordered: 'some' | 'total' = 'some'): string {
  const first = random.chance(0.3) ? [name(random.one([sources[0], ...sources]), random.one(COLUMNS))] : [];
  const keys = sources.map((source) => name(source, 'id'));
  const isByFirst = random.chance(0.6) && first.length === 0 && ordered === 'some';
  return ` order by ${isByFirst ? keys.slice(0, 1) : [...first, ...keys].join(', ')}`;
}

function limitOf(random: Random): string {
  if (random.chance(0.6)) return '';
  return ` limit ${1 + random.below(3)}${random.chance(0.3) ? ` offset ${random.below(2)}` : ''}`;
}
