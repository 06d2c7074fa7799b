import { areFound, areTold } from '../sql/loose-keys.js';
import { type Id, keyInCondition } from '../tags.js';
import { listRead } from './lists.js';
import type { PrismaModels } from './models/models.js';
import { type NoteReads, RelationReader } from './relation-reader.js';
import type { PrismaOperation } from './requests/operation.js';
import { isObject, objectOf, valuesIn } from './values.js';

/** Operations that return one record, or null. */
const ONE = /^(?:findUnique|findUniqueOrThrow|findFirst|findFirstOrThrow|create|update|upsert|delete)$/;
const MANY = /^(?:findMany|\w+AndReturn)$/;
/** Operations that find, or create, their record by a unique key. */
const BY_KEY = /^(?:findUnique|findUniqueOrThrow|create|update|upsert|delete)$/;

/** Reports what an operation has read. An unknown result counts as empty, so that everything is a selection. */
export function readsOfOperation(
  models: PrismaModels,
  { model, operation, args, dataPath }: PrismaOperation,
  { result, tracker }: { readonly result: unknown; readonly tracker: NoteReads },
): void {
  const given = objectOf(args);
  const found = recordsIn(operation, result, dataPath);
  const ids = lookedUp(models, { model, operation, where: given.where, found });
  const all = operation === 'findMany' && Array.isArray(result) ? found : undefined;
  const list = ids === undefined ? listRead(models, model, { args, found: all }) : undefined;
  if (list !== undefined) tracker.readList(model, list);
  else if (ids === undefined) tracker.read(model);
  for (const id of ids ?? []) tracker.read(model, id);
  const reader = new RelationReader(models, tracker);
  for (const condition of [given.where, given.orderBy, given.having]) reader.conditions(model, condition);
  reader.selections(model, given, found);
}

function recordsIn(operation: string, result: unknown, dataPath: readonly string[]): readonly object[] {
  if (typeof result !== 'object' || result === null) return [];
  if (MANY.test(operation)) return Array.isArray(result) ? result.filter(isObject) : [];
  if (!ONE.test(operation)) return [];
  // In `select`, `author`, `select`, `posts`, every second one is the name of a field.
  const fields = dataPath.filter((_, index) => index % 2 === 1);
  return [fields.reduceRight<object>((inner, field) => ({ [field]: inner }), result)];
}

interface LookUp {
  readonly model: string;
  readonly operation: string;
  readonly where: unknown;
  readonly found: readonly object[];
}

/** Returns the rows that were looked up by their key, if each was found; `undefined` if it is a selection. */
function lookedUp(
  models: PrismaModels,
  { model, operation, where, found }: LookUp,
): readonly Id[] | undefined {
  const key = models.keyOf(model);
  if (key === undefined || found.length === 0) return undefined;
  const ids = found.map((record) => models.idOf(model, record)).filter((id) => id !== undefined);
  const isComplete = ids.length === found.length;
  const looseness = models.loosenessOf(model);
  const areKnown = looseness.loose === undefined || areTold(looseness, ids);
  if (isComplete && areKnown && BY_KEY.test(operation)) return ids;
  const wanted = valuesIn(objectOf(where)[key]);
  if (wanted === undefined || !areFound(looseness, wanted, isComplete ? ids : undefined)) return undefined;
  if (isComplete && distinct(ids) === distinct(wanted)) return ids;
  const id = wanted.length === 1 ? keyInCondition(wanted[0]) : undefined;
  return id === undefined ? undefined : [id];
}

function distinct(values: readonly unknown[]): number {
  return new Set(values.map(String)).size;
}
