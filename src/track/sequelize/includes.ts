import { isJoinedByOne } from '../sql/loose-keys.js';
import type { Id } from '../tags.js';
import { isModel, type SequelizeModels } from './models.js';

/** A model whose records come with those of a find, as the hook of the find is told. */
export interface SequelizeInclude {
  readonly model: unknown;
  readonly as: string;
  /** With a find of its own. */
  readonly separate?: boolean;
  /** By an INNER JOIN. */
  readonly required?: boolean;
  /** By a RIGHT JOIN. */
  readonly right?: boolean;
  /** With a condition in place of that of the association, or beside it. */
  readonly on?: unknown;
  readonly or?: unknown;
  readonly association?: { readonly associationType: string; readonly targetKey?: string };
  readonly through?: { readonly model?: unknown };
  readonly include?: readonly SequelizeInclude[];
}

/** The parts of a find that may choose records by others, or put them in order by others. */
export interface Choice {
  readonly where?: unknown;
  readonly order?: unknown;
  readonly group?: unknown;
  readonly having?: unknown;
  readonly limit?: unknown;
  readonly subQuery?: boolean;
  /** Whether an include of many may give a record several rows. */
  readonly hasDuplicating?: boolean;
}

export interface IncludeReader {
  readonly models: SequelizeModels;
  read(model: unknown, id?: Id): void;
}

/** The records that includes belong to; undefined: they are not known. */
export interface Owners {
  readonly records: readonly object[] | undefined;
  /** Whether they are all that there can be: they were looked up by their keys, and found. */
  readonly areFixed: boolean;
  /** Whether nothing but an INNER JOIN chooses or orders by what is included. */
  readonly isOwnChoice: boolean;
}

/**
 * Reads what came with records. What they belong to, which they name, is read by its rows, if no row that has not come could
 * take part; all else is a selection.
 */
export function readIncludes(
  includes: readonly SequelizeInclude[],
  owners: Owners,
  reader: IncludeReader,
): void {
  for (const include of includes.filter(({ separate }) => separate !== true)) {
    if (include.through?.model !== undefined) reader.read(include.through.model);
    const found = owners.records?.flatMap((record): unknown[] => [Reflect.get(record, include.as)].flat());
    const children = found?.filter((one): one is object => typeof one === 'object' && one !== null);
    const ids = children
      ?.map((child) => reader.models.idOf(include.model, child))
      .filter((id) => id !== undefined);
    const isTold =
      isByKey(include) &&
      ids?.length === found?.length &&
      isJoinedByOne(reader.models.keysOf(include.model) ?? {}, ids) &&
      (owners.areFixed || isOnlyShown(include, owners));
    if (isTold && ids !== undefined) for (const id of ids) reader.read(include.model, id);
    else reader.read(include.model);
    const isComplete = children !== undefined && children.length > 0;
    const areFixed = owners.areFixed && isTold;
    const records = isComplete ? children : undefined;
    readIncludes(include.include ?? [], { ...owners, records, areFixed }, reader);
  }
}

/** Whether the records name it by its key. */
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
  // Then the limit is one of rows, and not of records.
  const isOfRows = subQuery === false && hasDuplicating === true;
  if (isOfRows && limit !== undefined && limit !== null) return false;
  return isOwnCondition(where) && isOwnOrder(order);
}

const DIRECTION = /^\s*(?:asc|desc)(?:\s+nulls\s+(?:first|last))?\s*$/i;

/** Sequelize puts SQL in place of the directions that it was given. */
function textOf(direction: unknown): string {
  const isObject = typeof direction === 'object' && direction !== null;
  return String(isObject ? Reflect.get(direction, 'val') : direction);
}

/** No `'$author.name$'`, and nothing that is SQL. */
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

/** `'name'`, `['name']` or `['name', 'DESC']`, and nothing that may be of another model. */
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
