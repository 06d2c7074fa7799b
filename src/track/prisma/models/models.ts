import { type Cascades, cascadeOf } from '../../cascades.js';
import type { Change } from '../../change.js';
import type { TableKeys, TableModels } from '../../sql/table-models.js';
import { type Id, keyOfRecord } from '../../tags.js';
import type { TrackOptions } from '../../track-options.js';
import { type Declared, describeModels, type PrismaDescription, type Runtime } from './description.js';
import { type PrismaRelation, relationsIn } from './relations.js';
import type { DeclaredField } from './schema.js';

interface Model {
  readonly table: string;
  readonly primary: readonly string[];
  readonly columns: ReadonlyMap<string, string>;
  readonly relations: ReadonlyMap<string, PrismaRelation>;
}

/** The models of a schema, with their keys and relations. */
export class PrismaModels implements TableModels {
  /** Whether all share one connection, so that pages may show what a transaction has not committed. */
  readonly isShared: boolean;
  /** By model, those whose records the database deletes or changes when one of its own is deleted. */
  readonly cascades: Cascades;
  /** By model, those that name its records. */
  readonly #referrers: Cascades;
  readonly #models: ReadonlyMap<string, Model>;
  readonly #byTable: ReadonlyMap<string, string>;

  /** Throws `ERR_OPTIONS` for what is no client of Prisma 7. */
  constructor(client: PrismaDescription, ids: TrackOptions['ids'] = {}) {
    const { runtime, declared } = describeModels(client);
    this.isShared = client._engineConfig?.activeProvider === 'sqlite';
    this.#models = new Map(Object.keys(runtime).map((name) => [name, modelOf(name, runtime, declared, ids)]));
    this.#byTable = new Map([...this.#models].map(([name, { table }]) => [table, name]));
    this.cascades = referrersIn(declared, ({ isCascading }) => isCascading);
    this.#referrers = referrersIn(declared, () => true);
  }

  readonly entityOf = (table: string): string => this.#byTable.get(table) ?? table;

  /** Of a table, with the names of columns. */
  readonly keysOf = (table: string): TableKeys | undefined => {
    const model = this.#models.get(this.entityOf(table));
    if (model === undefined) return undefined;
    const column = (field: string) => (model.columns.get(field) ?? field).toLowerCase();
    return { primary: model.primary.map(column), uniques: [] };
  };

  /** The column behind a field, in lower case. */
  readonly columnOf = (model: string, field: string): string =>
    (this.#models.get(model)?.columns.get(field) ?? field).toLowerCase();

  names(): readonly string[] {
    return [...this.#models.keys()];
  }

  /** The fields of a model's key. */
  primaryOf(model: string): readonly string[] {
    return this.#models.get(model)?.primary ?? [];
  }

  /** The one field that is a model's key. */
  keyOf(model: string): string | undefined {
    const [field, ...others] = this.primaryOf(model);
    return others.length > 0 ? undefined : field;
  }

  /** The key of a record, if it is there. */
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

  /** A change of rows that may have got other keys, with what refers to them. */
  moved(change: Change): readonly Change[] {
    const others = [...cascadeOf(change.entity, this.#referrers)];
    return [
      { ...change, id: undefined, action: 'unknown' },
      ...others.map((entity) => ({ entity, action: 'update' }) as const),
    ];
  }
}

function modelOf(name: string, runtime: Runtime, declared: Declared, ids: TrackOptions['ids'] = {}): Model {
  const { dbName, fields } = runtime[name] ?? { dbName: name, fields: [] };
  const given = ids[name];
  return {
    table: (dbName ?? name).toLowerCase(),
    primary: given === undefined ? (declared.get(name)?.primary ?? []) : [given].flat(),
    columns: new Map(fields.map((field) => [field.name, field.dbName ?? field.name])),
    relations: relationsIn(name, runtime, declared),
  };
}

/** By model, those with a field of a kind that names its records. */
function referrersIn(declared: Declared, fits: (field: DeclaredField) => boolean): Cascades {
  const referrers: Record<string, string[]> = {};
  for (const [name, { fields }] of declared)
    for (const field of [...fields.values()].filter((one) => one.isOwner && fits(one)))
      referrers[field.type] = [...(referrers[field.type] ?? []), name];
  return referrers;
}
