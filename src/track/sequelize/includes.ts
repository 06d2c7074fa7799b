import { isJoinedByOne } from '../sql/loose-keys.js';
import type { Id } from '../tags.js';
import type { Choice, IncludeReader, Owners, SequelizeInclude } from './include.js';
import { readMany } from './many.js';
import { isModel } from './models.js';

/**
 * Reports what came with records. If they refer to it, it is read by its rows, unless another row could take part.
 * Everything else is a list or a selection.
 */
export function readIncludes(
  includes: readonly SequelizeInclude[],
  owners: Owners,
  reader: IncludeReader,
): void {
  for (const include of includes.filter(({ separate, _pseudo }) => separate !== true && _pseudo !== true)) {
    const found = owners.records?.flatMap((record): unknown[] => [Reflect.get(record, include.as)].flat());
    const children = found?.filter((one): one is object => typeof one === 'object' && one !== null);
    const ids = children
      ?.map((child) => reader.models.idOf(include.model, child))
      .filter((id) => id !== undefined);
    const keys = ids?.length === children?.length ? ids : undefined;
    const isTold = isByKey(include)
      ? readOne(include, { owners, ids: ids?.length === found?.length ? ids : undefined }, reader)
      : readMany(include, { owners, ids: keys }, reader);
    const records = children !== undefined && children.length > 0 ? children : undefined;
    const next = { ...owners, records, keys, areFixed: owners.areFixed && isTold };
    readIncludes(include.include ?? [], next, reader);
  }
}

/** Reports what the records refer to by its key. Returns true if it is read by its keys. */
function readOne(
  include: SequelizeInclude,
  { owners, ids }: { readonly owners: Owners; readonly ids: readonly Id[] | undefined },
  reader: IncludeReader,
): boolean {
  const isTold =
    isJoinedByOne(reader.models.keysOf(include.model) ?? {}, ids) &&
    (owners.areFixed || isOnlyShown(include, owners));
  if (ids !== undefined && isTold) for (const id of ids) reader.read(include.model, id);
  else reader.read(include.model);
  return isTold && ids !== undefined;
}

/** Whether the records refer to it by its key. */
function isByKey({ model, association, on, or }: SequelizeInclude): boolean {
  if (association?.associationType !== 'BelongsTo' || on !== undefined || or !== undefined) return false;
  const { targetKey } = association;
  return targetKey === undefined || !isModel(model) || model.primaryKeyAttributes.includes(targetKey);
}

function isOnlyShown({ required, right }: SequelizeInclude, { isOwnChoice }: Owners): boolean {
  return isOwnChoice && required !== true && right !== true;
}

/** Whether a find chooses its records, and orders them, by their own columns alone. */
export function choosesByOwn(choice: Choice): boolean {
  const { where, order, group, having, limit, subQuery, hasDuplicating } = choice;
  if (group !== undefined || having !== undefined) return false;
  // In this case, the limit counts rows, not records.
  const isOfRows = subQuery === false && hasDuplicating === true;
  if (isOfRows && limit !== undefined && limit !== null) return false;
  return isOwnCondition(where) && isOwnOrder(order);
}

const DIRECTION = /^\s*(?:asc|desc)(?:\s+nulls\s+(?:first|last))?\s*$/i;

/** Returns the text of a direction. Sequelize replaces the given direction with SQL. */
function textOf(direction: unknown): string {
  const isObject = typeof direction === 'object' && direction !== null;
  return String(isObject ? Reflect.get(direction, 'val') : direction);
}

/** Whether a condition has no column of another model, such as `'$author.name$'`, and no SQL. */
function isOwnCondition(where: unknown): boolean {
  if (typeof where !== 'object' || where === null) return true;
  if (where instanceof Date || ArrayBuffer.isView(where)) return true;
  if (Array.isArray(where)) return where.every(isOwnCondition);
  const prototype: unknown = Object.getPrototypeOf(where);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Reflect.ownKeys(where).every((key) => {
    const isOwn = typeof key === 'string' ? !/[$.]/.test(key) : key.description !== 'col';
    return isOwn && isOwnCondition(Reflect.get(where, key));
  });
}

/** Whether an order is `'name'`, `['name']` or `['name', 'DESC']`, with nothing that may be of another model. */
function isOwnOrder(order: unknown): boolean {
  if (order === undefined || order === null) return true;
  const items = Array.isArray(order) ? order : [order];
  return items.every((item: unknown) => {
    const [column, direction, ...more] = Array.isArray(item) ? item : [item];
    const isColumn = typeof column === 'string' && !/[$.(]/.test(column);
    const isDirection = direction === undefined || DIRECTION.test(textOf(direction));
    return isColumn && isDirection && more.length === 0;
  });
}
