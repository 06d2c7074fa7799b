import type { Change, ListChange } from '../change.js';
import { sureValues } from './loose-keys.js';
import type { Statement, StatementWrite } from './statement.js';
import type { TableModels } from './table-models.js';

/** Returns, for each column that distinguishes lists, the lists that the written rows were in and are in now. */
export function listChangesOf(
  statement: Statement,
  write: StatementWrite,
  { listsOf, isLoose }: TableModels,
): Change['lists'] {
  const columns = listsOf?.(write.table) ?? [];
  // If a statement writes several tables, it is not known which table's rows have which value.
  if (columns.length === 0 || statement.writes.length > 1) return undefined;
  const sure = (values: readonly unknown[] | undefined) =>
    values !== undefined && isLoose === true ? sureValues(values) : values;
  return Object.fromEntries(
    columns.map((column): [string, ListChange] => {
      const to = sure(statement.written.get(column));
      if (write.action === 'create') return [column, { to }];
      const isKept = write.action === 'update' && write.fields?.includes(column) === false;
      return [column, { from: sure(formerValues(statement, write, column)), to: isKept ? 'same' : to }];
    }),
  );
}

/** Returns the values of a column in the rows that an update or a deletion finds. */
function formerValues(
  { conditions, reads }: Statement,
  { alias }: StatementWrite,
  column: string,
): readonly unknown[] | undefined {
  if (reads.some((read) => read.alias === alias)) return undefined;
  return conditions.get(`${alias}.${column}`) ?? (reads.length === 0 ? conditions.get(column) : undefined);
}
