import type { StatementText } from '../statement.js';
import type { Operand } from '../syntax/conditions.js';
import type { TableRead } from '../syntax/table-scan.js';
import type { TableKeys, TableModels } from '../table-models.js';
import { columnName, keyColumn, operandsOf } from './columns.js';
import { isRowsOfList, type ListPlan, listPlans, type WholeLists, wholeLists } from './list-plan.js';

type KeysOf = TableModels['keysOf'];

/** How to find which rows of a table a query has read. */
export interface TablePlan extends WholeLists {
  readonly table: string;
  /** The model behind it. */
  readonly entity: string;
  /** Its alias in the statement or, without one, its name. */
  readonly alias: string;
  readonly keys: TableKeys | undefined;
  /** The name of its key in the results, if it is known. */
  readonly key: string | undefined;
  /**
   * What the condition selects rows by: their key, or all columns of another unique key. `undefined` if the table has no
   * key of one column.
   */
  readonly lookup: Lookup | undefined;
  /** The alias of the table that refers to this one by its key, in the condition of a join. */
  readonly namedBy: string | undefined;
  /** Whether it only adds columns to rows, and neither selects rows nor orders them. */
  readonly isOnlyShown: boolean;
  readonly isJoined: boolean;
  /** Whether it is joined by one equality and nothing else. */
  readonly isByEquality: boolean;
  /** Whether an INNER JOIN adds its rows, by their key, to those of a list. */
  readonly isRowsOfList: boolean;
  /** The columns that distinguish lists, as the models named them when the plan was made. */
  readonly columns: readonly string[];
  readonly lists: readonly ListPlan[];
}

interface Lookup {
  readonly byKey: readonly Operand[] | undefined;
  readonly byUniques: readonly (readonly Operand[])[];
}

const NO_COLUMNS: readonly string[] = [];

export function planOfTable(text: StatementText, read: TableRead, models: TableModels): TablePlan {
  const { table, alias } = read;
  const keys = models.keysOf(table);
  const key = keyColumn(keys);
  const join = text.joins.get(alias);
  const columns = models.listsOf?.(table) ?? NO_COLUMNS;
  return {
    ...{ table, alias, keys, columns, entity: models.entityOf(table) },
    key: key === undefined ? undefined : columnName(text, alias, key),
    lookup: keys === undefined || key === undefined ? undefined : lookupIn(text, alias, { keys, key }),
    namedBy: namedBy(text, read, keys),
    isOnlyShown: isOnlyShown(text, read, models.keysOf),
    isJoined: join !== undefined,
    isByEquality: join?.isEquality === true,
    isRowsOfList: isRowsOfList(text, read, models),
    lists: listPlans(text, read, { columns, keysOf: models.keysOf }),
    ...wholeLists(text, alias),
  };
}

function lookupIn(
  text: StatementText,
  alias: string,
  { keys, key }: { readonly keys: TableKeys; readonly key: string },
): Lookup {
  const operands = (column: string) => operandsOf(text, alias, column);
  const byUniques = keys.uniques.flatMap((columns) => {
    const found = columns.map(operands);
    return found.every((one) => one?.length === 1) ? [found.flatMap((one) => one ?? [])] : [];
  });
  return { byKey: operands(key), byUniques };
}

function namedBy(
  { joins }: StatementText,
  { alias }: TableRead,
  keys: TableKeys | undefined,
): string | undefined {
  return joins.get(alias)?.equals.get(keyColumn(keys) ?? '')?.alias;
}

/**
 * Whether a table, if it is joined by its key, only adds columns to rows. This is so for a LEFT JOIN if only the select
 * list names the table: then it neither selects rows nor orders them. The conditions of such joins may also name it.
 */
function isOnlyShown(text: StatementText, { alias }: TableRead, keysOf: KeysOf): boolean {
  const join = text.joins.get(alias);
  if (join === undefined || !join.isLeft || join.isNamed) return false;
  return [...join.users].every((other) => {
    const user = text.reads.find((one) => one.alias === other);
    const isLeft = text.joins.get(other)?.isLeft === true;
    return isLeft && user !== undefined && namedBy(text, user, keysOf(user.table)) !== undefined;
  });
}
