import type { ListRead } from '../list-tags.js';
import { type Id, keyInCondition } from '../tags.js';
import { isWholeList, listIn, type Query, rowsOfList } from './lists/list-reads.js';
import { idsIn, isRows, keyColumn, type Rows, valuesIn } from './lists/results.js';
import { areFound, areFoundByUnique, isJoinedByOne } from './loose-keys.js';
import type { Statement } from './statement.js';
import type { TableRead } from './syntax/table-scan.js';
import type { TableKeys, TableModels } from './table-models.js';

/** A read: of a row by its key, of the rows with some value in a column, or of a selection of rows. */
export interface Read {
  readonly table: string;
  readonly id?: Id;
  readonly list?: ListRead;
  readonly isMissing?: boolean;
}

type KeysOf = TableModels['keysOf'];

/**
 * What a query has read, by its statement and its results. Rows are told by their keys where only their own change can change
 * the results: rows looked up by a unique key, and rows joined by theirs.
 */
export function readsOf(statement: Statement, rows: unknown, models: TableModels): readonly Read[] {
  if (!areDistinct(statement.reads)) return statement.reads.map(({ table }) => ({ table }));
  const known = knownRows({ statement, rows: isRows(rows) ? rows : undefined, models });
  return statement.reads.flatMap((read): readonly Read[] => {
    const { table } = read;
    const { ids, list, isAnyMissing = false } = known.get(read) ?? {};
    if (ids === undefined) return [{ table, ...(list !== undefined && { list }) }];
    return [...ids.map((id) => ({ table, id })), ...(isAnyMissing ? [{ table, isMissing: true }] : [])];
  });
}

/** What is known of the rows of a table that take part. */
interface KnownRows {
  readonly ids?: readonly Id[] | undefined;
  readonly list?: ListRead | undefined;
  /** Whether a row with another key may come, which is named already. */
  readonly isAnyMissing?: boolean;
}

/** The rows of those tables of which no other row could come into the results, and the lists that others are confined to. */
function knownRows(query: Query): ReadonlyMap<TableRead, KnownRows> {
  const { statement, rows } = query;
  const areTelling = statement.isPlain && rows !== undefined && rows.length > 0;
  const known = new Map<TableRead, KnownRows>();
  const fixed = new Map<string, readonly Id[]>();
  for (const read of statement.reads) {
    const found = areTelling ? rowsKnown(query, read, { rows, fixed }) : undefined;
    const named = found === undefined ? rowsOfList(query, read) : undefined;
    if (found?.areFixed === true) fixed.set(read.alias, found.ids);
    if (found !== undefined || named !== undefined) {
      known.set(read, found ?? { ids: named, isAnyMissing: true });
      continue;
    }
    const list = listIn(query, read, fixed);
    known.set(read, { list });
    if (list !== undefined && isWholeList(query, read)) fixed.set(read.alias, list.ids ?? []);
  }
  return known;
}

/** The keys of rows of a table, if no other row of it could come into the results; and whether none could take part at all. */
function rowsKnown(
  { statement, models: { keysOf } }: Query,
  read: TableRead,
  { rows, fixed }: { readonly rows: Rows; readonly fixed: ReadonlyMap<string, readonly Id[]> },
): (KnownRows & { readonly ids: readonly Id[]; readonly areFixed: boolean }) | undefined {
  const keys = keysOf(read.table);
  const own = idsLookedUp(statement, read, rows, keys);
  if (own !== undefined) return { ids: own, areFixed: true };
  const other = otherOf(statement, read, keys);
  // Of rows that were all looked up and found, each row that they name is in the results.
  const isNamed = other !== undefined && (fixed.has(other) || isOnlyShown(statement, read, keysOf));
  const joined = isNamed ? valuesIn(statement, read, rows, keyColumn(keys) ?? '') : undefined;
  const ids = joined?.filter((id) => id !== null);
  if (ids === undefined || !isJoinedByOne(keys ?? {}, ids)) return undefined;
  const isAnyMissing = joined?.includes(null) === true;
  // Or it is there, and meets no further condition.
  if (isAnyMissing && statement.joins.get(read.alias)?.isEquality !== true) return undefined;
  return { ids, isAnyMissing, areFixed: !isAnyMissing && other !== undefined && fixed.has(other) };
}

/** The alias of the table whose rows name those of this one by their key, in the condition of a join. */
function otherOf(
  { joins }: Statement,
  { alias }: TableRead,
  keys: TableKeys | undefined,
): string | undefined {
  return joins.get(alias)?.equals.get(keyColumn(keys) ?? '')?.alias;
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
