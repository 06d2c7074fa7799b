import { type Cascades, cascadeOf } from '../../cascades.js';
import type { Kind } from '../../catalogue/kind.js';
import { mysql } from '../../catalogue/mysql.js';
import { sqlite } from '../../catalogue/sqlite.js';
import type { Change } from '../../change.js';
import { type Lists, mergeLists } from '../../list-tags.js';
import type { TrackOptions } from '../../options.js';
import { looseKind, sureValues } from '../../sql/loose-keys.js';
import type { TableKeys, TableModels } from '../../sql/table-models.js';
import { type Id, keyOfRecord } from '../../tags.js';
import { type Declared, describeModels, type PrismaDescription, type Runtime } from './description.js';
import { type PrismaRelation, relationsIn } from './relations.js';
import type { DeclaredField } from './schema.js';

interface Model {
  readonly table: string;
  readonly primary: readonly string[];
  readonly columns: ReadonlyMap<string, string>;
  /** The type of the first field of its key, as a schema names it. */
  readonly keyType: string;
  readonly relations: ReadonlyMap<string, PrismaRelation>;
  /** For each relation whose key is in the rows of this model, the fields of that key. */
  readonly owned: ReadonlyMap<string, readonly string[]>;
}

/** The models of a schema, with their keys and relations. */
export class PrismaModels implements TableModels {
  readonly kind: Kind;
  /** Whether all requests share one connection, so that pages may show what a transaction has not committed. */
  readonly isShared: boolean;
  /** For each model, the models whose records the database deletes or changes when one of its records is deleted. */
  readonly cascades: Cascades;
  /** For each model, the models that refer to its records. */
  readonly #referrers: Cascades;
  /** For each model, the fields that Prisma itself keeps equal to those of the records that refer to it. */
  readonly #kept: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #models: ReadonlyMap<string, Model>;
  readonly #byTable: ReadonlyMap<string, string>;

  /** Throws `ERR_OPTIONS` for what is not a client of Prisma 7. */
  constructor(client: PrismaDescription, { ids = {}, lists }: Pick<TrackOptions, 'ids' | 'lists'> = {}) {
    const { runtime, declared, kind, keepsRelations } = describeModels(client);
    this.kind = kind;
    this.isShared = kind === sqlite;
    this.isLoose = kind === mysql;
    this.#models = new Map(Object.keys(runtime).map((name) => [name, modelOf(name, runtime, declared, ids)]));
    this.#byTable = new Map([...this.#models].map(([name, { table }]) => [table, name]));
    this.cascades = referrersIn(declared, ({ isCascading }) => isCascading);
    this.#referrers = referrersIn(declared, () => true);
    this.#kept = keepsRelations ? referencedIn(declared) : new Map();
    this.lists = mergeLists(
      [...this.#models].map(([name, model]) => [name, referencing(model)]),
      lists,
    );
  }

  /** For each model, by name, the columns that distinguish its lists. */
  readonly lists: Lists;
  readonly isLoose: boolean;

  readonly listsOf = (table: string): readonly string[] => this.lists[this.entityOf(table)] ?? [];

  /** Returns the fields that distinguish lists, with their columns. */
  listFieldsOf(model: string): ReadonlyMap<string, string> {
    const columns = [...(this.#models.get(model)?.columns ?? [])].map(
      ([field, column]) => [field, column.toLowerCase()] as const,
    );
    const lists = this.lists[model] ?? [];
    return new Map(columns.filter(([, column]) => lists.includes(column)));
  }

  /** Whether a name in a condition is the name of a key of several fields. */
  isCompound(model: string, name: string): boolean {
    const known = this.#models.get(model);
    const isOther = known?.columns.has(name) !== false || known.relations.has(name);
    return !isOther && !['AND', 'OR', 'NOT'].includes(name);
  }

  /** Returns the relations whose key contains a field. */
  relationFieldsOf(model: string, field: string): readonly string[] {
    const owned = [...(this.#models.get(model)?.owned ?? [])];
    return owned.flatMap(([name, fields]) => (fields.includes(field) ? [name] : []));
  }

  readonly entityOf = (table: string): string => this.#byTable.get(table) ?? table;

  /** Returns the keys of a table, with the names of their columns. */
  readonly keysOf = (table: string): TableKeys | undefined => {
    const model = this.#models.get(this.entityOf(table));
    if (model === undefined) return undefined;
    const column = (field: string) => (model.columns.get(field) ?? field).toLowerCase();
    return { primary: model.primary.map(column), uniques: [], ...this.loosenessOf(this.entityOf(table)) };
  };

  /** Returns what the key of a model holds, if that matters in this database. */
  loosenessOf(model: string): Pick<TableKeys, 'loose'> {
    return this.isLoose ? { loose: looseKind(this.#models.get(model)?.keyType ?? '') } : {};
  }

  /** Returns the values of a column that distinguishes lists, without values that may find others. */
  sureValues(values: readonly unknown[] | undefined): readonly unknown[] | undefined {
    return values !== undefined && this.isLoose ? sureValues(values) : values;
  }

  /** Returns the column of a field, in lower case. */
  readonly columnOf = (model: string, field: string): string =>
    (this.#models.get(model)?.columns.get(field) ?? field).toLowerCase();

  names(): readonly string[] {
    return [...this.#models.keys()];
  }

  /** Returns the fields of a model's key. */
  primaryOf(model: string): readonly string[] {
    return this.#models.get(model)?.primary ?? [];
  }

  /** Returns the field that is a model's key, if it is only one. */
  keyOf(model: string): string | undefined {
    const [field, ...others] = this.primaryOf(model);
    return others.length > 0 ? undefined : field;
  }

  /** Returns the key of a record, if it is there. */
  idOf(model: string, record: unknown): Id | undefined {
    const field = this.keyOf(model);
    if (field === undefined || typeof record !== 'object' || record === null) return undefined;
    return keyOfRecord(Reflect.get(record, field));
  }

  relationOf(model: string, field: string): PrismaRelation | undefined {
    return this.#models.get(model)?.relations.get(field);
  }

  relationsOf(model: string): readonly PrismaRelation[] {
    return [...(this.#models.get(model)?.relations.values() ?? [])];
  }

  /** Returns what Prisma itself changes with an update of these fields; `undefined` means any fields. */
  changedAlong(model: string, fields: readonly string[] | undefined): readonly Change[] {
    const kept = this.#kept.get(model) ?? new Set();
    const isMoved = fields === undefined ? kept.size > 0 : fields.some((field) => kept.has(field));
    return isMoved ? this.#referring(model) : [];
  }

  /** Returns a change of rows that may have got other keys, and the changes of what refers to them. */
  moved(change: Change): readonly Change[] {
    return [{ ...change, id: undefined, action: 'unknown' }, ...this.#referring(change.entity)];
  }

  #referring(model: string): readonly Change[] {
    return [...cascadeOf(model, this.#referrers)].map((entity) => ({ entity, action: 'update' }));
  }
}

function modelOf(name: string, runtime: Runtime, declared: Declared, ids: TrackOptions['ids'] = {}): Model {
  const { dbName, fields } = runtime[name] ?? { dbName: name, fields: [] };
  const given = ids[name];
  const primary = given === undefined ? (declared.get(name)?.primary ?? []) : [given].flat();
  const key = fields.find((field) => field.name === primary[0]);
  return {
    table: (dbName ?? name).toLowerCase(),
    primary,
    keyType: key?.kind === 'enum' ? 'enum' : (key?.type ?? ''),
    columns: new Map(fields.map((field) => [field.name, field.dbName ?? field.name])),
    relations: relationsIn(name, runtime, declared),
    owned: new Map(
      [...(declared.get(name)?.fields ?? [])]
        .filter(([, { isOwner }]) => isOwner)
        .map(([field, { fields: key }]) => [field, key]),
    ),
  };
}

/** Returns the columns that refer to a row of another model by themselves. */
function referencing({ owned, columns }: Model): readonly string[] {
  return [...owned.values()].flatMap(([field = '', ...others]) =>
    others.length > 0 ? [] : [columns.get(field) ?? field],
  );
}

/** Returns, for each model, the fields to which relations of others refer. */
function referencedIn(declared: Declared): ReadonlyMap<string, ReadonlySet<string>> {
  const referenced = new Map<string, Set<string>>();
  for (const { fields } of declared.values())
    for (const { type, references } of fields.values())
      referenced.set(type, new Set([...(referenced.get(type) ?? []), ...references]));
  return referenced;
}

/** Returns, for each model, the models that refer to its records by a field that fits. */
function referrersIn(declared: Declared, fits: (field: DeclaredField) => boolean): Cascades {
  const referrers: Record<string, string[]> = {};
  for (const [name, { fields }] of declared)
    for (const field of [...fields.values()].filter((one) => one.isOwner && fits(one)))
      referrers[field.type] = [...(referrers[field.type] ?? []), name];
  return referrers;
}
