import type { Change } from '../change.js';
import { type Id, keyInCondition } from '../tags.js';
import { listChangesOf } from './list-changes.js';
import { areNamed } from './loose-keys.js';
import type { Statement, StatementWrite } from './statement.js';
import type { TableKeys, TableModels } from './table-models.js';

/** Returns what a statement changes: rows by their key if its condition names them, otherwise any rows of the table. */
export function changesOf(statement: Statement, models: TableModels): readonly Change[] {
  return statement.writes.flatMap((write): readonly Change[] => {
    const entity = models.entityOf(write.table);
    const { fields } = write;
    const keys = models.keysOf(write.table);
    const action = actionOf(write, keys?.primary ?? []);
    const ids = action === 'update' || action === 'delete' ? idsIn(statement, write, keys) : undefined;
    const isKnown = action !== 'unknown' && write.action === action;
    const lists = isKnown ? listChangesOf(statement, write, models) : undefined;
    const change = { entity, action, fields, ...(lists !== undefined && { lists }) };
    return ids?.map((id) => ({ ...change, id })) ?? [change];
  });
}

/** Returns `unknown` if a row may get another key: it is then another row, and rows that refer to it may change too. */
function actionOf({ action, fields }: StatementWrite, primary: readonly string[]): Change['action'] {
  if (action !== 'update' && action !== 'upsert') return action;
  const isMoved = fields === undefined || fields.some((field) => primary.includes(field));
  return isMoved ? 'unknown' : 'update';
}

function idsIn(
  statement: Statement,
  { alias, action }: StatementWrite,
  keys: TableKeys | undefined,
): readonly Id[] | undefined {
  const [column, ...others] = keys?.primary ?? [];
  const { conditions, reads, writes } = statement;
  // An upsert may update any row, since it is not known which key is in conflict.
  if (column === undefined || others.length > 0 || writes.length > 1 || action === 'upsert') return undefined;
  if (reads.some((read) => read.alias === alias)) return undefined;
  const values =
    conditions.get(`${alias}.${column}`) ?? (reads.length === 0 ? conditions.get(column) : undefined);
  if (values !== undefined && !areNamed(keys ?? {}, values)) return undefined;
  const ids = values?.map(keyInCondition).filter((id) => id !== undefined);
  return ids?.length === values?.length ? ids : undefined;
}
