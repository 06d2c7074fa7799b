import type { StatementText } from '../statement.js';
import type { Operand } from '../syntax/conditions.js';
import type { TableRead } from '../syntax/table-scan.js';
import type { TableModels } from '../table-models.js';
import { keyColumn, operandsOf } from './columns.js';

/** How a query may be limited to a list of a table's rows: those with certain values in a column. */
export interface ListPlan {
  readonly column: string;
  /** What the condition compares the column with. */
  readonly own: readonly Operand[] | undefined;
  /** Otherwise, the alias of the table whose key the column equals, in the condition of a join. */
  readonly by: string | undefined;
}

/**
 * Whether the results, if they are known, contain each row of a list: of one that the condition selects; of one that a
 * join selects, if there are any results.
 */
export interface WholeLists {
  readonly isWholeByCondition: boolean;
  readonly isWholeByJoin: boolean;
}

export function listPlans(
  text: StatementText,
  { alias }: TableRead,
  { columns, keysOf }: { readonly columns: readonly string[]; readonly keysOf: TableModels['keysOf'] },
): readonly ListPlan[] {
  return columns.flatMap((column): readonly ListPlan[] => {
    const own = operandsOf(text, alias, column);
    if (own !== undefined) return [{ column, own, by: undefined }];
    const other = text.joins.get(alias)?.equals.get(column);
    const read = text.reads.find((one) => one.alias === other?.alias);
    if (other === undefined || read === undefined) return [];
    const isByKey = keyColumn(keysOf(read.table)) === other.column;
    return isByKey ? [{ column, own, by: other.alias }] : [];
  });
}

export function wholeLists(text: StatementText, alias: string): WholeLists {
  const { joins, reads, isPlain, isCut, conditionCount } = text;
  const join = joins.get(alias);
  const isLeft = (other: string) => joins.get(other)?.isLeft;
  const isSimple = isPlain && !isCut;
  return {
    isWholeByCondition:
      isSimple &&
      conditionCount === 1 &&
      reads.every((other) => isLeft(other.alias) === (other.alias === alias ? undefined : true)),
    isWholeByJoin:
      isSimple &&
      join?.isEquality === true &&
      !join.isNamed &&
      reads.every((other, at) => at === 0 || isLeft(other.alias) === true),
  };
}

/**
 * Whether an INNER JOIN adds a table's rows to those of a list by their key, such as the posts of a tag. The results
 * then contain each row that the list refers to, if it exists.
 */
export function isRowsOfList(text: StatementText, read: TableRead, models: TableModels): boolean {
  const { reads, joins, isPlain, isCut, conditionCount } = text;
  const key = keyColumn(models.keysOf(read.table));
  if (key === undefined || !isPlain || isCut || conditionCount !== 1) return false;
  const list = reads.find((other) => {
    const columns = models.listsOf?.(other.table) ?? [];
    return other !== read && columns.some((column) => operandsOf(text, other.alias, column) !== undefined);
  });
  if (list === undefined || !isJoinedByKey(text, { read, key, list })) return false;
  return reads.every(
    ({ alias }) => alias === read.alias || alias === list.alias || joins.get(alias)?.isLeft === true,
  );
}

/** Whether an INNER JOIN joins two tables by the key of `read` and by nothing else. */
function isJoinedByKey(
  { joins }: StatementText,
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
