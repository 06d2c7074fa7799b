import type { Change } from '../change.js';
import { type Id, keyInCondition } from '../tags.js';
import type { Statement } from './statement.js';
import type { TableWrite } from './syntax/table-scan.js';
import type { TableModels } from './table-models.js';

/** What a statement changes: rows by their key where its condition names them, any rows otherwise. */
export function changesOf(statement: Statement, models: TableModels): readonly Change[] {
  return statement.writes.flatMap((write): readonly Change[] => {
    const entity = models.entityOf(write.table);
    // The row may be any, for which key is in conflict cannot be told.
    if (write.action === 'upsert') return [{ entity, action: 'update' }];
    const { fields } = write;
    const primary = models.keysOf(write.table)?.primary ?? [];
    // A row with another key is another row, and what refers to it may have been changed with it.
    const isMoved = fields?.some((field) => primary.includes(field)) === true;
    const action = isMoved ? 'unknown' : write.action;
    const ids = action === 'update' || action === 'delete' ? idsIn(statement, write, primary) : undefined;
    return ids?.map((id) => ({ entity, id, action, fields })) ?? [{ entity, action, fields }];
  });
}

function idsIn(
  statement: Statement,
  { table }: TableWrite,
  primary: readonly string[],
): readonly Id[] | undefined {
  const [column, ...others] = primary;
  if (column === undefined || others.length > 0 || statement.writes.length > 1) return undefined;
  const { conditions, reads } = statement;
  const values =
    conditions.get(`${table}.${column}`) ?? (reads.length === 0 ? conditions.get(column) : undefined);
  const ids = values?.map(keyInCondition).filter((id) => id !== undefined);
  return ids?.length === values?.length ? ids : undefined;
}
