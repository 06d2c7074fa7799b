import type { Cascades } from '../cascades.js';
import { type Lists, mergeLists } from '../list-tags.js';
import type { TrackOptions } from '../options.js';
import { actsOn, type ForeignKey, ForeignKeys } from '../sql/foreign-keys.js';
import { looseKind } from '../sql/loose-keys.js';
import type { TableKeys, TableModels } from '../sql/table-models.js';
import { type Id, keyOfRecord } from '../tags.js';
import { isMysql, type SequelizeInstance } from './sequelize.js';

interface SequelizeAttribute {
  readonly field?: string;
  readonly references?: string | { readonly model?: unknown; readonly key?: string };
  readonly onDelete?: string;
  readonly onUpdate?: string;
  readonly type?: unknown;
}

interface SequelizeIndex {
  readonly fields?: readonly unknown[];
  readonly unique?: boolean;
  readonly where?: unknown;
}

/** The name of a table in a schema. */
interface SequelizeTable {
  readonly tableName: unknown;
  readonly schema?: unknown;
  readonly delimiter?: string;
}

const WITHOUT_SCHEMAS = new Set(['sqlite', 'mysql', 'mariadb']);

/** The part of a model class of Sequelize that is read. */
export interface SequelizeModel {
  readonly name: string;
  readonly primaryKeyAttributes: readonly string[];
  readonly rawAttributes: Readonly<Record<string, SequelizeAttribute>>;
  readonly uniqueKeys?: Readonly<Record<string, { readonly fields: readonly string[] }>>;
  readonly options: { readonly indexes?: readonly SequelizeIndex[] };
  getTableName(): unknown;
  findAll(options: object): Promise<unknown[]>;
}

/** The models of a Sequelize instance, by their tables. Models that share a table have the name of the first. */
export class SequelizeModels implements TableModels {
  readonly #sequelize: Pick<SequelizeInstance, 'models'>;
  readonly #dialect: string;
  #byTable = new Map<string, SequelizeModel>();
  #count = 0;
  #foreignKeys: ForeignKeys | undefined;

  /** For each model, by name, the columns that distinguish its lists. */
  readonly lists: Lists;
  readonly isLoose: boolean;

  /** `given`: the option `lists`. */
  constructor(sequelize: Pick<SequelizeInstance, 'models' | 'getDialect'>, given?: TrackOptions['lists']) {
    this.#sequelize = sequelize;
    this.#dialect = sequelize.getDialect();
    this.isLoose = isMysql(this.#dialect);
    const known = [...this.#tables().values()].map(
      (model) => [this.entityOf(model), referencing(model)] as const,
    );
    this.lists = mergeLists(known, given);
  }

  has(model: object): boolean {
    return isModel(model) && this.#tables().has(this.#tableOf(model));
  }

  /** Returns the name of the model of a table, given by its name, or of a model class. */
  readonly entityOf = (which: unknown): string => {
    const table = isModel(which) ? this.#tableOf(which) : String(which);
    return this.#tables().get(table)?.name ?? table;
  };

  readonly keysOf = (which: unknown): TableKeys | undefined => {
    const model = isModel(which) ? which : this.#tables().get(String(which));
    if (model === undefined) return undefined;
    const { primaryKeyAttributes, rawAttributes, uniqueKeys = {}, options } = model;
    const indexes = (options.indexes ?? []).filter(
      ({ unique, where }) => unique === true && where === undefined,
    );
    const uniques = [...Object.values(uniqueKeys), ...indexes].map(({ fields = [] }) =>
      fields.map(fieldText),
    );
    return {
      primary: primaryKeyAttributes.map((name) => (rawAttributes[name]?.field ?? name).toLowerCase()),
      uniques: uniques.filter((fields) => fields.length > 0),
      ...(isMysql(this.#dialect) && { loose: looseness(rawAttributes[primaryKeyAttributes[0] ?? '']?.type) }),
    };
  };

  readonly listsOf = (which: unknown): readonly string[] => this.lists[this.entityOf(which)] ?? [];

  /** Returns the key of a record, or of a plain row. */
  idOf(model: unknown, record: unknown): Id | undefined {
    if (!isModel(model) || typeof record !== 'object' || record === null) return undefined;
    const [name, ...others] = model.primaryKeyAttributes;
    return name === undefined || others.length > 0 ? undefined : keyOfRecord(Reflect.get(record, name));
  }

  /** Returns, for each model, the models whose rows the database changes when one of its rows is deleted or updated. */
  cascades(): Cascades {
    const cascades: Record<string, readonly string[]> = {};
    for (const model of this.#tables().values())
      for (const { references, onDelete = '', onUpdate = '' } of Object.values(model.rawAttributes)) {
        if (references === undefined || !/CASCADE|SET/i.test(`${onDelete} ${onUpdate}`)) continue;
        const target = typeof references === 'string' ? references : references.model;
        const entity = this.entityOf(isModel(target) ? target : this.#tableText(target));
        cascades[entity] = [...(cascades[entity] ?? []), this.entityOf(model)];
      }
    return cascades;
  }

  /** As {@link cascades}, with the columns to which the rows refer. */
  readonly foreignKeys = (): ForeignKeys => {
    const tables = [...this.#tables().values()];
    this.#foreignKeys ??= new ForeignKeys(tables.flatMap((model) => this.#foreignKeysOf(model)));
    return this.#foreignKeys;
  };

  #foreignKeysOf(model: SequelizeModel): readonly ForeignKey[] {
    return Object.values(model.rawAttributes).flatMap(({ references, onDelete, onUpdate }) => {
      if (references === undefined) return [];
      const { model: target, key } =
        typeof references === 'string' ? { model: references, key: undefined } : references;
      const referenced = this.entityOf(isModel(target) ? target : this.#tableText(target));
      const columns = key === undefined ? [] : [key.toLowerCase()];
      const referencing = this.entityOf(model);
      return {
        referenced,
        columns,
        referencing,
        actsOnDelete: actsOn(onDelete),
        actsOnUpdate: actsOn(onUpdate),
      };
    });
  }

  /** Returns the models by their tables. New models may be defined at any time. */
  #tables(): ReadonlyMap<string, SequelizeModel> {
    const models = Object.values(this.#sequelize.models).filter(isModel);
    if (models.length !== this.#count) {
      this.#count = models.length;
      this.#foreignKeys = undefined;
      this.#byTable = new Map([...models].reverse().map((model) => [this.#tableOf(model), model]));
    }
    return this.#byTable;
  }

  #tableOf(model: SequelizeModel): string {
    return this.#tableText(model.getTableName());
  }

  /** Returns a table's name. If the database has no schemas, Sequelize puts the table's schema into it. */
  #tableText(table: unknown): string {
    if (typeof table !== 'object' || table === null || !('tableName' in table))
      return String(table).toLowerCase();
    const { tableName, schema, delimiter } = table as SequelizeTable;
    const isInName = WITHOUT_SCHEMAS.has(this.#dialect) && typeof schema === 'string' && schema !== '';
    return (isInName ? `${schema}${delimiter || '.'}${tableName}` : String(tableName)).toLowerCase();
  }
}

export function isModel(value: unknown): value is SequelizeModel {
  return typeof value === 'function' && 'getTableName' in value && 'rawAttributes' in value;
}

/** Returns the columns of a model that refer to records of models. */
function referencing({ rawAttributes }: SequelizeModel): readonly string[] {
  const named = Object.entries(rawAttributes).filter(([, { references }]) => references !== undefined);
  return named.map(([name, { field = name }]) => field.toLowerCase());
}

/** Returns what a column holds, from its Sequelize type, such as `INTEGER` or `STRING`. */
function looseness(type: unknown): TableKeys['loose'] & string {
  const key: unknown = typeof type === 'object' && type !== null ? Reflect.get(type, 'key') : type;
  return looseKind(String(key));
}

/** Returns a column of an index. An index may also be over an expression, which is no column. */
function fieldText(field: unknown): string {
  const name = typeof field === 'object' && field !== null && 'name' in field ? field.name : field;
  return typeof name === 'string' ? name.toLowerCase() : '()';
}
