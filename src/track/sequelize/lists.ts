import type { ListRead } from '../list-tags.js';
import { areTold, sureValues } from '../sql/loose-keys.js';
import type { Id } from '../tags.js';
import { equalsIn, type SequelizeFind } from './find.js';
import { areOptional } from './include.js';
import type { SequelizeModels } from './models.js';

/** Returns the list to which the condition of a find is confined; `undefined` if it may find any record. */
export function listFound(
  models: SequelizeModels,
  { model, ...find }: SequelizeFind & { readonly model: unknown },
  found: readonly (Id | undefined)[],
): ListRead | undefined {
  const equals = equalsIn(find.where);
  const column = models.listsOf(model).find((one) => equals.has(one));
  if (column === undefined) return undefined;
  const isWhole = isWholeFind(find, column);
  return listOf(models, model, {
    column,
    values: equals.get(column) ?? [],
    found: isWhole ? found : undefined,
  });
}

/** Returns a read of a list. `found`: the keys of all its records, if each was certainly found. */
export function listOf(
  models: SequelizeModels,
  model: unknown,
  {
    column,
    values,
    found,
  }: {
    readonly column: string;
    readonly values: readonly unknown[];
    readonly found?: readonly (Id | undefined)[] | undefined;
  },
): ListRead {
  const ids = found?.filter((id) => id !== undefined);
  const keys = models.keysOf(model);
  const areKnown = ids !== undefined && ids.length === found?.length;
  const areSpelled = areKnown && (ids.length === 0 || keys?.loose === undefined || areTold(keys, ids));
  const sure = models.isLoose ? sureValues(values) : values;
  return { column, values: sure, ...(areSpelled && { ids }) };
}

/** Whether a find returns each record that has the value in the column. */
function isWholeFind(
  { where, limit, offset, group, having, attributes, include }: SequelizeFind,
  column: string,
): boolean {
  const [key, ...others] = typeof where === 'object' && where !== null ? Reflect.ownKeys(where) : [];
  const isOnly = typeof key === 'string' && key.toLowerCase() === column && others.length === 0;
  const isCut = [limit, offset, group, having].some((one) => one !== undefined && one !== null);
  return isOnly && !isCut && arePlain(attributes) && areOptional(include ?? []);
}

/** Whether only columns are selected, so that a record of the results is a record of the model. */
export function arePlain(attributes: unknown): boolean {
  if (attributes === undefined) return true;
  return (
    Array.isArray(attributes) &&
    attributes.every((one: unknown) => {
      const name: unknown = Array.isArray(one) ? one[0] : one;
      return typeof name === 'string' && !name.includes('(');
    })
  );
}
