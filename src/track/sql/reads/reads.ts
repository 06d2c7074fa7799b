import type { ListRead } from '../../list-tags.js';
import { type Id, keyInCondition } from '../../tags.js';
import { areFound, areFoundByUnique, areTold, isJoinedByOne, sureValues } from '../loose-keys.js';
import { valuesOf } from '../syntax/conditions.js';
import type { ListPlan } from './list-plan.js';
import type { ReadPlan } from './plan.js';
import { idsIn, idsJoined, isRows, type Rows, valuesIn } from './results.js';
import type { TablePlan } from './table-plan.js';

/** A read of a row by its key, of the rows of a list, or of a selection of rows. */
export interface ModelRead {
  readonly entity: string;
  readonly id?: Id | undefined;
  readonly list?: ListRead | undefined;
  /** Whether it is a read, by key, of rows that are missing or may be. */
  readonly isMissing?: boolean;
}

/** The results of a query, and its parameters. */
export interface Answer {
  readonly parameters: readonly unknown[];
  readonly rows: unknown;
}

interface KnownAnswer extends Answer {
  /** `undefined` if the results are not rows. */
  readonly rows: Rows | undefined;
  /** Whether the database converts values to compare them. */
  readonly isLoose: boolean;
  /** The keys of the rows that take part, by the alias of the table, if it is certain which rows these are. */
  readonly fixed: Map<string, readonly Id[]>;
}

/** The rows of a table, if no other row of that table could come into the results. */
interface KnownRows {
  readonly ids: readonly Id[];
  /** Whether a row with another key, to which other rows already refer, may come later. */
  readonly isAnyMissing: boolean;
  /** Whether it is certain that no other row takes part, whatever the tables that refer to them contain. */
  readonly areFixed: boolean;
}

/**
 * Returns what a query has read, by its plan and its results. Names rows by their keys if only a change of these rows
 * can change the results: rows that were looked up by a unique key, and rows that were joined by their key.
 */
export function readsOf(
  { tables, isPlain, areDistinct }: ReadPlan,
  { parameters, rows: given }: Answer,
  isLoose = false,
): readonly ModelRead[] {
  if (!areDistinct) return tables.map(({ entity }) => ({ entity }));
  const rows = isRows(given) ? given : undefined;
  const answer = { parameters, rows, isLoose, fixed: new Map() };
  const telling = isPlain && rows !== undefined && rows.length > 0 ? rows : undefined;
  return tables.flatMap((table) => readsOfTable(table, answer, telling));
}

/** Returns what was read of a table. `telling` are the results, if each of their rows is a row of each table. */
function readsOfTable(
  table: TablePlan,
  answer: KnownAnswer,
  telling: Rows | undefined,
): readonly ModelRead[] {
  const { entity, alias } = table;
  const found = telling && rowsKnown(table, answer, telling);
  if (found !== undefined) {
    if (found.areFixed) answer.fixed.set(alias, found.ids);
    return named(entity, found);
  }
  const ids = rowsOfList(table, answer);
  if (ids !== undefined) return named(entity, { ids, isAnyMissing: true });
  const list = listIn(table, answer);
  if (list === undefined) return [{ entity }];
  if (isWhole(table, answer)) answer.fixed.set(alias, list.ids ?? []);
  return [{ entity, list }];
}

function named(
  entity: string,
  { ids, isAnyMissing }: Pick<KnownRows, 'ids' | 'isAnyMissing'>,
): readonly ModelRead[] {
  const reads: ModelRead[] = ids.map((id) => ({ entity, id }));
  if (isAnyMissing) reads.push({ entity, isMissing: true });
  return reads;
}

/** Returns the rows of a table, looked up or joined by key, if no other row of it could come into the results. */
function rowsKnown(table: TablePlan, answer: KnownAnswer, rows: Rows): KnownRows | undefined {
  const own = idsLookedUp(table, answer, rows);
  if (own !== undefined) return { ids: own, isAnyMissing: false, areFixed: true };
  const { namedBy, keys, isOnlyShown, isByEquality } = table;
  if (namedBy === undefined) return undefined;
  // If the rows that refer to these are fixed, each row that they refer to is in the results.
  const isFixed = answer.fixed.has(namedBy);
  const joined = isFixed || isOnlyShown ? valuesIn(rows, table.key) : undefined;
  const ids = joined?.filter((id) => id !== null);
  if (ids === undefined || !isJoinedByOne(keys ?? {}, ids)) return undefined;
  const isAnyMissing = joined?.includes(null) === true;
  // A row that seems to be missing may exist, and not meet a further condition.
  if (isAnyMissing && !isByEquality) return undefined;
  return { ids, isAnyMissing, areFixed: !isAnyMissing && isFixed };
}

/** Returns the rows that the condition selects by a unique key, if each was found: no results can have another row. */
function idsLookedUp(
  { lookup, keys = NO_KEYS, key }: TablePlan,
  { parameters }: Answer,
  rows: Rows,
): readonly Id[] | undefined {
  if (lookup === undefined) return undefined;
  const { byKey, byUniques } = lookup;
  if (byKey === undefined && byUniques.length === 0) return undefined;
  const found = idsIn(rows, key);
  if (byKey === undefined) {
    const isUnique = byUniques.some((operands) =>
      areFoundByUnique(keys, valuesOf(operands, parameters), found),
    );
    return isUnique ? found : undefined;
  }
  const wanted = valuesOf(byKey, parameters);
  if (!areFound(keys, wanted, found)) return undefined;
  const ids = wanted.map(keyInCondition).filter((id) => id !== undefined);
  if (ids.length < wanted.length) return found?.length === wanted.length ? found : undefined;
  if (found === undefined) return ids.length === 1 ? ids : undefined;
  const texts = new Set(found.map(String));
  return ids.every((id) => texts.has(String(id))) ? ids : undefined;
}

const NO_KEYS = { primary: [], uniques: [] };

function rowsOfList(
  { isRowsOfList, keys, key }: TablePlan,
  { rows }: KnownAnswer,
): readonly Id[] | undefined {
  if (!isRowsOfList || rows === undefined) return undefined;
  const ids = idsIn(rows, key);
  return isJoinedByOne(keys ?? {}, ids) ? ids : undefined;
}

/** Returns the list to which its condition, or that of a join, limits a query; `undefined` if it may read any row. */
function listIn(table: TablePlan, answer: KnownAnswer): ListRead | undefined {
  for (const plan of table.lists) {
    const values = valuesOfList(plan, answer);
    if (values === undefined) continue;
    const isAll = plan.own === undefined ? isWholeByJoin(table, answer) : isWholeByCondition(table, answer);
    const list = { column: plan.column, values: answer.isLoose ? sureValues(values) : values };
    return isAll ? { ...list, ids: keysShown(table, answer) } : list;
  }
  return undefined;
}

function valuesOfList(
  { own, by }: ListPlan,
  { parameters, fixed }: KnownAnswer,
): readonly unknown[] | undefined {
  if (own !== undefined) return valuesOf(own, parameters);
  return by === undefined ? undefined : fixed.get(by);
}

/** Whether each row of the list is in the results. */
function isWhole(table: TablePlan, answer: KnownAnswer): boolean {
  return isWholeByCondition(table, answer) || isWholeByJoin(table, answer);
}

function isWholeByCondition(table: TablePlan, { rows }: KnownAnswer): boolean {
  return table.isWholeByCondition && rows !== undefined;
}

function isWholeByJoin(table: TablePlan, { rows }: KnownAnswer): boolean {
  return table.isWholeByJoin && rows !== undefined && rows.length > 0;
}

function keysShown({ key, keys, isJoined }: TablePlan, { rows }: KnownAnswer): readonly Id[] | undefined {
  if (rows === undefined) return undefined;
  const ids = isJoined ? idsJoined(rows, key) : idsIn(rows, key);
  const areKnown = ids !== undefined && (ids.length === 0 || keys?.loose === undefined || areTold(keys, ids));
  return areKnown ? ids : undefined;
}
