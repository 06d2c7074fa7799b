import { type Id, keyInCondition, keyOfRecord } from '../tags.js';
import { areFound, areFoundByUnique, isJoinedByOne } from './loose-keys.js';
import type { Statement } from './statement.js';
import type { TableRead } from './syntax/table-scan.js';
import type { TableKeys } from './table-models.js';

/** A read: of a row by its key, or of a selection of rows. */
export interface Read {
  readonly table: string;
  readonly id?: Id;
}

type Rows = readonly Readonly<Record<string, unknown>>[];

type KeysOf = (table: string) => TableKeys | undefined;

/**
 * What a query has read, by its statement and its results. Rows are told by their keys where only their own change can change
 * the results: rows looked up by a unique key, and rows joined by theirs.
 */
export function readsOf(statement: Statement, rows: unknown, keysOf: KeysOf): readonly Read[] {
  const areTelling = statement.isPlain && isRows(rows) && rows.length > 0 && areDistinct(statement.reads);
  const known = areTelling ? knownRows(statement, rows, keysOf) : new Map<TableRead, readonly Id[]>();
  return statement.reads.flatMap((read): readonly Read[] => {
    const { table } = read;
    return known.get(read)?.map((id) => ({ table, id })) ?? [{ table }];
  });
}

/** The rows of those tables of which no other row could come into the results. */
function knownRows(statement: Statement, rows: Rows, keysOf: KeysOf): ReadonlyMap<TableRead, readonly Id[]> {
  const known = new Map<TableRead, readonly Id[]>();
  const lookedUp = new Set<string>();
  for (const read of statement.reads) {
    const keys = keysOf(read.table);
    const other = otherOf(statement, read, keys);
    // Of rows that were all looked up and found, each row that they name is in the results.
    const isNamed = other !== undefined && (lookedUp.has(other) || isOnlyShown(statement, read, keysOf));
    const own = idsLookedUp(statement, read, rows, keys);
    const joined = isNamed ? idsIn(statement, read, rows, keyColumn(keys) ?? '') : undefined;
    const ids = own ?? (isJoinedByOne(keys ?? {}, joined) ? joined : undefined);
    if (ids === undefined) continue;
    known.set(read, ids);
    if (own !== undefined || (other !== undefined && lookedUp.has(other))) lookedUp.add(read.alias);
  }
  return known;
}

/** The alias of the table whose rows name those of this one by their key, in the condition of a join. */
function otherOf(
  { joins }: Statement,
  { alias }: TableRead,
  keys: TableKeys | undefined,
): string | undefined {
  return joins.get(alias)?.equals.get(keyColumn(keys) ?? '');
}

/**
 * Whether a table only adds columns to rows, which is so of a LEFT JOIN by its key if nothing but what is selected names it:
 * then it neither chooses rows nor puts them in order. The conditions of joins of the same kind may name it.
 */
function isOnlyShown(statement: Statement, read: TableRead, keysOf: KeysOf): boolean {
  const join = statement.joins.get(read.alias);
  if (join === undefined || !join.isLeft || join.isNamed) return false;
  return [...join.users].every((alias) => {
    const user = statement.reads.find((one) => one.alias === alias);
    const isLeft = statement.joins.get(alias)?.isLeft === true;
    return isLeft && user !== undefined && otherOf(statement, user, keysOf(user.table)) !== undefined;
  });
}

/** Whether each table has an alias of its own; the same name may be in two schemas. */
function areDistinct(reads: readonly TableRead[]): boolean {
  return new Set(reads.map(({ alias }) => alias)).size === reads.length;
}

/** Keys of composite rows are not read from results. */
function keyColumn(keys: TableKeys | undefined): string | undefined {
  return keys?.primary.length === 1 ? keys.primary[0] : undefined;
}

/** The rows that the condition picks by a unique key, if each was found: no other row is in any result. */
function idsLookedUp(
  statement: Statement,
  read: TableRead,
  rows: Rows,
  keys: TableKeys | undefined,
): readonly Id[] | undefined {
  const primary = keyColumn(keys);
  if (keys === undefined || primary === undefined) return undefined;
  const isOnly = statement.reads.length === 1;
  const valuesOf = (column: string) =>
    statement.conditions.get(`${read.alias}.${column}`) ??
    (isOnly ? statement.conditions.get(column) : undefined);
  const found = idsIn(statement, read, rows, primary);
  const wanted = valuesOf(primary);
  if (wanted !== undefined) {
    if (!areFound(keys, wanted, found)) return undefined;
    const ids = wanted.map(keyInCondition).filter((id) => id !== undefined);
    if (ids.length < wanted.length) return found?.length === wanted.length ? found : undefined;
    if (found === undefined) return ids.length === 1 ? ids : undefined;
    const texts = new Set(found.map(String));
    return ids.every((id) => texts.has(String(id))) ? ids : undefined;
  }
  const isUnique = keys.uniques.some((columns) => {
    const values = columns.map(valuesOf);
    return values.every((one) => one?.length === 1) && areFoundByUnique(keys, values.flat(), found);
  });
  return isUnique ? found : undefined;
}

/** The keys in the results, if each row of them has one. */
function idsIn(
  statement: Statement,
  { alias }: TableRead,
  rows: Rows,
  column: string,
): readonly Id[] | undefined {
  const name = resultName(statement, alias, column);
  if (name === undefined) return undefined;
  const ids = new Map<string, Id>();
  for (const row of rows) {
    const id = keyOfRecord(row[name]);
    if (id === undefined) return undefined;
    ids.set(String(id), id);
  }
  return [...ids.values()];
}

/** What a column is called in the results, where that can be told. */
function resultName({ reads, selected }: Statement, alias: string, column: string): string | undefined {
  const known = selected.names.get(`${alias}.${column}`);
  if (known !== undefined || reads.length !== 1) return known;
  const isStarred = selected.besideStar?.has(column) === false;
  return isStarred ? column : selected.names.get(column);
}

function isRows(rows: unknown): rows is Rows {
  return Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null);
}
