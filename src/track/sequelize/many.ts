import { isJoinedByOne } from '../sql/loose-keys.js';
import type { Id } from '../tags.js';
import { areOptional, type IncludeReader, type Owners, type SequelizeInclude } from './include.js';
import { arePlain, listOf } from './lists.js';
import { isModel } from './models.js';

/** The keys of the records that came with others, if each has one. */
type Keys = readonly Id[] | undefined;

/**
 * Reports records that refer to those they came with, directly or by a table between. Returns true if no others can
 * come: then they can be the owners of others in turn.
 */
export function readMany(
  include: SequelizeInclude,
  { owners, ids }: { readonly owners: Owners; readonly ids: Keys },
  reader: IncludeReader,
): boolean {
  const through = include.through?.model;
  const column = columnBetween(include);
  if (column === undefined || !owners.areFixed || owners.keys === undefined) {
    if (through !== undefined) reader.read(through);
    reader.read(include.model);
    return false;
  }
  const found = isWhole(include, owners) && isEachShown(include, column, reader) ? ids : undefined;
  if (through !== undefined) {
    reader.readList(through, listOf(reader.models, through, { column, values: owners.keys }));
    readNamed(include, found, reader);
    return false;
  }
  reader.readList(
    include.model,
    listOf(reader.models, include.model, { column, values: owners.keys, found }),
  );
  return found !== undefined;
}

/** Reports what a table between refers to by its key. It may already refer to a record that is created later. */
function readNamed({ model, association }: SequelizeInclude, ids: Keys, reader: IncludeReader): void {
  const keys = reader.models.keysOf(model) ?? { primary: [], uniques: [] };
  const isByKey = isPrimary(model, association?.targetKey);
  if (ids === undefined || !isByKey || !isJoinedByOne(keys, ids)) reader.read(model);
  else {
    for (const id of ids) reader.read(model, id);
    reader.readMissing(model);
  }
}

/** Returns the column, in the records or in the table between, that refers to the owners by their key. */
function columnBetween({ association, on, or, right }: SequelizeInclude): string | undefined {
  const { associationType = '', source, sourceKey, identifierField } = association ?? {};
  const isMany = ['HasMany', 'HasOne', 'BelongsToMany'].includes(associationType);
  if (!isMany || on !== undefined || or !== undefined || right === true) return undefined;
  return isPrimary(source, sourceKey) ? identifierField?.toLowerCase() : undefined;
}

function isPrimary(model: unknown, attribute: string | undefined): boolean {
  if (!isModel(model) || model.primaryKeyAttributes.length !== 1) return false;
  return attribute === undefined || model.primaryKeyAttributes[0] === attribute;
}

/** Whether the result has each record that exists. */
function isWhole(
  { where, limit, through, attributes, include }: SequelizeInclude,
  { isOwnChoice }: Owners,
): boolean {
  const isCut = [where, through?.where, limit].some((one) => one !== undefined && one !== null);
  return isOwnChoice && !isCut && arePlain(attributes) && areOptional(include ?? []);
}

/** Whether each record is shown: a HasOne shows only one of several. */
function isEachShown(
  { model, association }: SequelizeInclude,
  column: string,
  { models }: Pick<IncludeReader, 'models'>,
): boolean {
  if (association?.associationType !== 'HasOne') return true;
  const { primary, uniques } = models.keysOf(model) ?? { primary: [], uniques: [] };
  return [primary, ...uniques].some((columns) => columns.length === 1 && columns[0] === column);
}
