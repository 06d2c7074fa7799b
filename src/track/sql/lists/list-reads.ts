import type { ListRead } from '../../list-tags.js';
import type { Id } from '../../tags.js';
import { areTold, isJoinedByOne, sureValues } from '../loose-keys.js';
import type { Statement } from '../statement.js';
import type { TableRead } from '../syntax/table-scan.js';
import type { TableModels } from '../table-models.js';
import { idsIn, idsJoined, keyColumn, type Rows } from './results.js';

/** A query over tables with names of their own, and its results, if they are rows of these tables. */
export interface Query {
  readonly statement: Statement;
  readonly rows: Rows | undefined;
  readonly models: TableModels;
}

/** Tables of which it is certain which rows take part, by their aliases, with the keys of these. */
export type FixedRows = ReadonlyMap<string, readonly Id[]>;

/** The list of a table's rows that a query is confined to, by its condition or that of a join; undefined: it may read any. */
export function listIn(query: Query, read: TableRead, fixed: FixedRows): ListRead | undefined {
  const { listsOf, isLoose } = query.models;
  for (const column of listsOf?.(read.table) ?? []) {
    const own = valuesOf(query.statement, read, column);
    const values = own ?? joinedValues(query, read, { column, fixed });
    if (values === undefined) continue;
    const isWhole = own === undefined ? isWholeJoin(query, read) : isWholeCondition(query, read);
    const list = { column, values: isLoose === true ? sureValues(values) : values };
    return isWhole ? { ...list, ids: keysIn(query, read) } : list;
  }
  return undefined;
}

/**
 * The keys of the rows that an INNER JOIN adds to those of a list by their key, as in the posts of a tag; undefined: it is another
 * query. Each row that the list names is in the results, if it is there.
 */
export function rowsOfList({ statement, rows, models }: Query, read: TableRead): readonly Id[] | undefined {
  const { reads, joins, isPlain, isCut, conditionCount } = statement;
  const keys = models.keysOf(read.table);
  const key = keyColumn(keys);
  if (key === undefined || rows === undefined || !isPlain || isCut || conditionCount !== 1) return undefined;
  const list = reads.find((other) => {
    const columns = models.listsOf?.(other.table) ?? [];
    return other !== read && columns.some((column) => valuesOf(statement, other, column) !== undefined);
  });
  if (list === undefined || !isJoinedByKey(statement, { read, key, list })) return undefined;
  const areOthersLeft = reads.every(
    ({ alias }) => alias === read.alias || alias === list.alias || joins.get(alias)?.isLeft === true,
  );
  const ids = areOthersLeft ? idsIn(statement, read, rows, key) : undefined;
  return isJoinedByOne(keys ?? {}, ids) ? ids : undefined;
}

/** Whether two tables are joined by nothing but the key of the one, and by an INNER JOIN. */
function isJoinedByKey(
  { joins }: Statement,
  { read, key, list }: { readonly read: TableRead; readonly key: string; readonly list: TableRead },
): boolean {
  const [own, far] = [joins.get(read.alias), joins.get(list.alias)];
  const isOwn = own?.isEquality === true && own.equals.get(key)?.alias === list.alias;
  const isFar =
    far?.isEquality === true &&
    [...far.equals.values()].some(({ alias, column }) => alias === read.alias && column === key);
  const join = isOwn ? own : far;
  return (isOwn || isFar) && join?.isLeft === false && (own === undefined || far === undefined);
}

/** Whether each row of the list is in the results. */
export function isWholeList({ statement, rows, models }: Query, read: TableRead): boolean {
  const query = { statement, rows, models };
  return isWholeCondition(query, read) || isWholeJoin(query, read);
}

/** The values that a column has to equal. */
function valuesOf(
  { conditions, reads }: Statement,
  { alias }: TableRead,
  column: string,
): readonly unknown[] | undefined {
  return conditions.get(`${alias}.${column}`) ?? (reads.length === 1 ? conditions.get(column) : undefined);
}

/** The keys of rows of another table that a column has to equal one of, by the condition of a join. */
function joinedValues(
  { statement, models }: Query,
  { alias }: TableRead,
  { column, fixed }: { readonly column: string; readonly fixed: FixedRows },
): readonly Id[] | undefined {
  const other = statement.joins.get(alias)?.equals.get(column);
  const read = statement.reads.find((one) => one.alias === other?.alias);
  if (other === undefined || read === undefined) return undefined;
  return keyColumn(models.keysOf(read.table)) === other.column ? fixed.get(other.alias) : undefined;
}

/** Whether a query gives each row of its first table that meets its only condition. */
function isWholeCondition({ statement, rows }: Query, { alias }: TableRead): boolean {
  const { joins, reads, isPlain, isCut, conditionCount } = statement;
  if (rows === undefined || !isPlain || isCut || conditionCount !== 1) return false;
  return reads.every(
    (other) => joins.get(other.alias)?.isLeft === (other.alias === alias ? undefined : true),
  );
}

/** Whether it gives each row of a table that a LEFT JOIN adds to those before. */
function isWholeJoin({ statement, rows }: Query, { alias }: TableRead): boolean {
  const { joins, reads, isPlain, isCut } = statement;
  const join = joins.get(alias);
  if (rows === undefined || rows.length === 0 || !isPlain || isCut || join === undefined) return false;
  const areLeft = reads.every((other, at) => at === 0 || joins.get(other.alias)?.isLeft === true);
  return areLeft && join.isEquality && !join.isNamed;
}

function keysIn({ statement, rows, models }: Query, read: TableRead): readonly Id[] | undefined {
  const keys = models.keysOf(read.table);
  const column = keyColumn(keys);
  if (column === undefined || rows === undefined) return undefined;
  const ids = statement.joins.has(read.alias)
    ? idsJoined(statement, read, rows, column)
    : idsIn(statement, read, rows, column);
  return ids !== undefined && (ids.length === 0 || keys?.loose === undefined || areTold(keys, ids))
    ? ids
    : undefined;
}
