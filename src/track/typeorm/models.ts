import type { Cascades } from '../cascades.js';
import { type Lists, mergeLists } from '../list-tags.js';
import type { StandIns, TrackOptions } from '../options.js';
import { actsOn, type ForeignKey, ForeignKeys } from '../sql/foreign-keys.js';
import { looseKind } from '../sql/loose-keys.js';
import type { TableKeys, TableModels } from '../sql/table-models.js';
import { type Id, keyOfRecord } from '../tags.js';
import type { TypeOrmColumn, TypeOrmEntity } from './data-source.js';

/** Returns models by their tables. If several share one, as in single table inheritance, the parent stands for all. */
export function modelsOf(
  metadatas: readonly TypeOrmEntity[],
  { isMysql, given }: { readonly isMysql: boolean; readonly given?: TrackOptions['lists'] },
): TableModels & { readonly lists: Lists } {
  const entities = byTable(metadatas);
  const keys = new Map([...entities].map(([table, metadata]) => [table, keysOfEntity(metadata, isMysql)]));
  const entityOf = (table: string) => entities.get(table)?.name ?? table;
  const foreignKeys = new ForeignKeys(foreignKeysOf(metadatas, entityOf));
  const lists = mergeLists(referencingColumns(metadatas, entityOf), given);
  return {
    entityOf,
    keysOf: (table) => keys.get(table),
    foreignKeys: () => foreignKeys,
    lists,
    listsOf: (table) => lists[entityOf(table)] ?? [],
    isLoose: isMysql,
  };
}

/** Returns, for each entity, the entity that stands for all of its table. */
export function standInsOf(metadatas: readonly TypeOrmEntity[]): StandIns {
  const tables = byTable(metadatas);
  const own = new Map(
    metadatas.map(({ name, tableName }) => [name, tables.get(tableName.toLowerCase())?.name]),
  );
  return { names: () => [...own.keys()], of: (name) => own.get(name) ?? name };
}

function byTable(metadatas: readonly TypeOrmEntity[]): ReadonlyMap<string, TypeOrmEntity> {
  const entities = new Map<string, TypeOrmEntity>();
  for (const metadata of metadatas) {
    const table = metadata.tableName.toLowerCase();
    if (!entities.has(table) || metadata.tableType !== 'entity-child') entities.set(table, metadata);
  }
  return entities;
}

/** Returns, by entity, the columns that alone refer to rows of entities. */
function referencingColumns(
  metadatas: readonly TypeOrmEntity[],
  entityOf: TableModels['entityOf'],
): readonly (readonly [string, readonly string[]])[] {
  return metadatas.flatMap(({ tableName, foreignKeys }) =>
    foreignKeys
      .filter(({ columns }) => columns.length === 1)
      .map(({ columns }) => [entityOf(tableName.toLowerCase()), names(columns)] as const),
  );
}

/** Returns the key of a record; `undefined` if it has none, or a key of several columns. */
export function idOf(record: object, { primaryColumns }: TypeOrmEntity): Id | undefined {
  const parts = primaryColumns.map(({ propertyName }) => keyOfRecord(Reflect.get(record, propertyName)));
  return parts.length === 1 ? parts[0] : undefined;
}

/** Returns, for each entity, those whose rows the database changes when one of its rows is deleted or updated. */
export function cascadesOf(metadatas: readonly TypeOrmEntity[], { entityOf }: TableModels): Cascades {
  const cascades: Record<string, string[]> = {};
  for (const { tableName, foreignKeys } of metadatas)
    for (const { referencedEntityMetadata: referenced, onDelete = '', onUpdate = '' } of foreignKeys) {
      if (!/CASCADE|SET/.test(`${onDelete} ${onUpdate}`)) continue;
      const entity = entityOf(referenced.tableName.toLowerCase());
      cascades[entity] = [...(cascades[entity] ?? []), entityOf(tableName.toLowerCase())];
    }
  return cascades;
}

function foreignKeysOf(
  metadatas: readonly TypeOrmEntity[],
  entityOf: TableModels['entityOf'],
): readonly ForeignKey[] {
  return metadatas.flatMap(({ tableName, foreignKeys }) =>
    foreignKeys.map(({ referencedEntityMetadata: referenced, referencedColumns, onDelete, onUpdate }) => ({
      referenced: entityOf(referenced.tableName.toLowerCase()),
      columns: names(referencedColumns),
      referencing: entityOf(tableName.toLowerCase()),
      actsOnDelete: actsOn(onDelete),
      actsOnUpdate: actsOn(onUpdate),
    })),
  );
}

function keysOfEntity({ primaryColumns, uniques, indices }: TypeOrmEntity, isMysql: boolean): TableKeys {
  const indexed = indices.filter(({ isUnique, where }) => isUnique && !where);
  return {
    primary: names(primaryColumns),
    uniques: [...uniques, ...indexed].map(({ columns }) => names(columns)),
    ...(isMysql && { loose: looseness(primaryColumns[0]?.type) }),
  };
}

function looseness(type: unknown): TableKeys['loose'] & string {
  if (type === String) return 'texts';
  return type === Number ? 'integers' : looseKind(String(type));
}

function names(columns: readonly TypeOrmColumn[]): readonly string[] {
  return columns.map(({ databaseName }) => databaseName.toLowerCase());
}
