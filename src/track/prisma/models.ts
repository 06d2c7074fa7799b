import { OptionReader } from '../../option-reader.js';
import { type Cascades, cascadeOf } from '../cascades.js';
import type { TableKeys } from '../sql/table-reads.js';
import type { TableModels } from '../sql/table-writes.js';
import { type Id, keyOfRecord } from '../tags.js';
import type { Change, TrackOptions } from '../track-options.js';
import { type DeclaredField, type DeclaredModel, declaredModels } from './schema.js';

/** The part of a PrismaClient, private by its name, that says what models there are. */
export interface PrismaDescription {
  readonly _runtimeDataModel?: { readonly models: Readonly<Record<string, RuntimeModel>> };
  readonly _clientVersion?: string;
  readonly _engineConfig?: { readonly inlineSchema?: string; readonly activeProvider?: string };
}

interface RuntimeModel {
  readonly dbName?: string | null;
  readonly fields: readonly {
    readonly name: string;
    readonly kind: string;
    readonly type: string;
    readonly dbName?: string | null;
    readonly relationName?: string | null;
  }[];
}

/** A relation, as one of its two models has it. */
export interface PrismaRelation {
  /** The other model. */
  readonly model: string;
  /** Whether the rows of this model name those of the other. */
  readonly isOwner: boolean;
  /** Whether a row of the other model belongs to one row at most, and has one at most. */
  readonly isOneToOne: boolean;
  readonly isList: boolean;
  /** The table between two models of which neither names the other. */
  readonly joinTable: string | undefined;
}

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
    const { runtime, declared } = describe(client);
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

type Runtime = Readonly<Record<string, RuntimeModel>>;
type Declared = ReadonlyMap<string, DeclaredModel>;

function describe(client: PrismaDescription): { readonly runtime: Runtime; readonly declared: Declared } {
  const runtime = client?._runtimeDataModel?.models;
  const schema = client?._engineConfig?.inlineSchema;
  const declared = typeof schema === 'string' ? declaredModels(schema) : new Map();
  const isKnown = runtime !== undefined && Object.keys(runtime).every((name) => declared.has(name));
  if (isKnown) return { runtime, declared };
  const reader = new OptionReader({});
  // Not the client itself: it knows the password of the database.
  reader.refuse('prisma', 'a client of Prisma 7', client?._clientVersion ?? typeof client);
  reader.throwProblems();
  return { runtime: {}, declared };
}

function modelOf(name: string, runtime: Runtime, declared: Declared, ids: TrackOptions['ids'] = {}): Model {
  const { dbName, fields } = runtime[name] ?? { dbName: name, fields: [] };
  const given = ids[name];
  const relations = fields.filter(({ kind }) => kind === 'object');
  return {
    table: (dbName ?? name).toLowerCase(),
    primary: given === undefined ? (declared.get(name)?.primary ?? []) : [given].flat(),
    columns: new Map(fields.map((field) => [field.name, field.dbName ?? field.name])),
    relations: new Map(
      relations.map((field) => {
        const other = runtime[field.type]?.fields.find(
          (one) =>
            one.relationName === field.relationName && !(field.type === name && one.name === field.name),
        );
        const own = declared.get(name)?.fields.get(field.name);
        const opposite = declared.get(field.type)?.fields.get(other?.name ?? '');
        return [field.name, relationOf(field.type, field.relationName ?? '', { own, opposite })];
      }),
    ),
  };
}

function relationOf(
  model: string,
  name: string,
  { own, opposite }: Readonly<Record<'own' | 'opposite', DeclaredField | undefined>>,
): PrismaRelation {
  const isList = own?.isList === true;
  return {
    model,
    isOwner: own?.isOwner === true,
    isList,
    isOneToOne: !isList && opposite?.isList !== true,
    joinTable: isList && opposite?.isOwner !== true ? `_${name}`.toLowerCase() : undefined,
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
