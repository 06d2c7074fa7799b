import type { Change, ListChange } from '../change.js';
import type { ListRead } from '../list-tags.js';
import { areTold } from '../sql/loose-keys.js';
import type { Id } from '../tags.js';
import type { PrismaModels } from './models/models.js';
import { isObject, objectOf, valuesIn } from './values.js';

/** Arguments that may leave out records that meet the condition. */
const CUTTING = ['take', 'skip', 'cursor', 'distinct', 'where'];

/** Returns the list to which the condition of an operation is confined; `undefined` if it may find any record. */
export function listRead(
  models: PrismaModels,
  model: string,
  { args, found }: { readonly args: unknown; readonly found: readonly object[] | undefined },
): ListRead | undefined {
  const where = objectOf(objectOf(args).where);
  for (const [field, column] of models.listFieldsOf(model)) {
    const values = models.sureValues(namedIn(models, model, { where, field }));
    if (values === undefined) continue;
    const isOnly = definedIn(where).length === 1 && !isCut({ ...objectOf(args), where: undefined });
    return {
      column,
      values,
      ids: isOnly && found !== undefined ? toldKeysOf(models, model, found) : undefined,
    };
  }
  return undefined;
}

/** Whether an operation, or a relation that is included, may give fewer records than there are. */
export function isCut(args: unknown): boolean {
  return CUTTING.some((name) => objectOf(args)[name] !== undefined);
}

/** Returns the keys of records, if each has one. */
export function keysOf(
  models: PrismaModels,
  model: string,
  records: readonly unknown[],
): readonly Id[] | undefined {
  const ids = records.map((record) => models.idOf(model, record));
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

/** As {@link keysOf}, if a change of one of these records names its key in the same spelling. */
export function toldKeysOf(
  models: PrismaModels,
  model: string,
  records: readonly unknown[],
): readonly Id[] | undefined {
  const ids = keysOf(models, model, records);
  const looseness = models.loosenessOf(model);
  const areKnown = looseness.loose === undefined || ids?.length === 0 || areTold(looseness, ids);
  return areKnown ? ids : undefined;
}

/** What an operation says about the records that it changes. */
interface Written {
  readonly kind: 'create' | 'update' | 'upsert' | 'delete';
  readonly where?: unknown;
  readonly data?: unknown;
  /** The record after the operation or, for a deletion, before it. */
  readonly record?: unknown;
}

/** Returns the lists in which the records that an operation changes were and are. */
export function listChangesOf(models: PrismaModels, model: string, written: Written): Change['lists'] {
  const fields = [...models.listFieldsOf(model)];
  return Object.fromEntries(
    fields.map(([field, column]) => {
      const named = namedIn(models, model, { where: written.where, field });
      const { from, to } = changeOf(field, models.relationFieldsOf(model, field), { ...written, named });
      const sure = { from: models.sureValues(from), to: to === 'same' ? to : models.sureValues(to) };
      return [column, sure];
    }),
  );
}

function changeOf(
  field: string,
  relations: readonly string[],
  { kind, data, record, named }: Written & { readonly named: readonly unknown[] | undefined },
): ListChange {
  const now = scalarIn(record, field);
  const given = objectOf(data);
  if (kind === 'create') return { to: now ?? scalarIn(given, field) };
  if (kind === 'delete') return { from: now ?? named };
  if (kind === 'upsert') return { from: named, to: now };
  const isSet = [field, ...relations].some((one) => given[one] !== undefined);
  if (isSet) return { from: named, to: now ?? scalarIn(given, field) };
  return { from: named ?? now, to: 'same' };
}

/** Returns the values that a condition allows for a field, also within a key of several: `a_b: { a: 5, b: 3 }`. */
function namedIn(
  models: PrismaModels,
  model: string,
  { where, field }: { readonly where: unknown; readonly field: string },
): readonly unknown[] | undefined {
  const own = valuesIn(objectOf(where)[field]);
  if (own !== undefined) return own;
  const keys = Object.entries(objectOf(where)).filter(([name]) => models.isCompound(model, name));
  return keys.map(([, key]) => scalarIn(key, field)).find((values) => values !== undefined);
}

/** Returns the value of a field; `undefined` if it is missing, or is no plain value. */
function scalarIn(record: unknown, field: string): readonly unknown[] | undefined {
  const value = objectOf(record)[field];
  return value === undefined || (isObject(value) && value !== null) ? undefined : [value];
}

function definedIn(where: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.values(where).filter((value) => value !== undefined);
}
