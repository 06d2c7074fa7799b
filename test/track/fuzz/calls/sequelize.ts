/** Random calls of Sequelize: includes, changes of records and by conditions, associations, transactions. */
import { type FindOptions, Op, type Sequelize, type Transaction } from 'sequelize';
import type { Random } from '../../../helpers/protocol/choices.js';
import type { Call } from '../pairs.js';
import {
  type Args,
  anyKey,
  anyValue,
  Focus,
  MODELS,
  type ModelName,
  rawRead,
  rawWrite,
  relationsOf,
  scalarsOf,
  wholeOf,
} from './models.js';
import { type Orm, type OrmWrite, toldOf } from './orm-calls.js';
import type { Models } from './sequelize-schema.js';

/** `undefined` if calls are in no transaction. */
type Client = Transaction | undefined;
type Write = OrmWrite<Client>;

const OPERATORS: Readonly<Record<string, symbol>> = { in: Op.in, gt: Op.gt, ne: Op.ne, or: Op.or };

export class SequelizeCalls implements Orm<Client> {
  readonly client = undefined;
  readonly #sequelize: Sequelize;
  readonly #models: Models;
  readonly focus: Focus;
  readonly #random: Random;

  constructor({ sequelize, models }: { sequelize: Sequelize; models: Models }, random: Random) {
    this.#sequelize = sequelize;
    this.#models = models;
    this.focus = new Focus(random);
    this.#random = random;
  }

  transaction(client: Client, work: (inner: Client) => Promise<void>): Promise<void> {
    return this.#sequelize.transaction({ transaction: client ?? null }, work);
  }

  read(): Call {
    const random = this.#random;
    const name = this.focus.model();
    const model = this.#models[name];
    const kind = random.below(12);
    if (kind === 0) {
      const sql = rawRead(random);
      return { told: sql, run: () => this.#sequelize.query(sql) };
    }
    const where = this.#where(name);
    if (kind === 1)
      return { told: told(`${name}.count`, where), run: () => model.count(symbols({ where }) as object) };
    const cut = random.chance(0.25) ? { limit: 1 + random.below(2), offset: random.below(2) } : {};
    const args: Args = {
      ...{ where, order: [['id', 'ASC']], include: this.#includes(name, 2), ...cut },
      ...(random.chance(0.3) ? this.#byRelated(name) : {}),
      ...(random.chance(0.15) ? { attributes: ['id', MODELS[name].scalars[0]] } : {}),
      ...(random.chance(0.1) ? { raw: true, nest: true } : {}),
    };
    if (kind < 5) {
      const key = anyKey(random);
      return this.#found(told(`${name}.findByPk`, key, args), () => model.findByPk(key, this.#options(args)));
    }
    const method = kind < 8 ? 'findOne' : kind === 8 ? 'findAndCountAll' : 'findAll';
    return this.#found(told(`${name}.${method}`, args), () => call(model, method, this.#options(args)));
  }

  write(): Write {
    const random = this.#random;
    const name = this.focus.model();
    const kind = random.below(20);
    if (kind < 3) return this.#changed(name);
    if (kind < 6) return this.#ofRecord(name);
    if (kind < 9) return this.#associated(name);
    if (kind === 9) {
      const sql = rawWrite(random);
      return { told: sql, send: (transaction) => this.#sequelize.query(sql, within(transaction)) };
    }
    return this.#ofModel(name, kind);
  }

  /**
   * Returns a read. Its result becomes plain objects. `run` creates its own options, because Sequelize writes into
   * them.
   */
  #found(what: string, run: () => Promise<unknown>): Call {
    return { told: what, run: async () => JSON.parse(JSON.stringify((await run()) ?? null)) };
  }

  #options(args: Args): FindOptions {
    return symbols(args) as FindOptions;
  }

  #ofModel(name: ModelName, kind: number): Write {
    const random = this.#random;
    const model = this.#models[name];
    const key = anyKey(random);
    const where = random.chance(0.6) ? { id: key } : this.#own(name);
    const isMoved = random.chance(0.15);
    const set = {
      ...scalarsOf(name, random),
      ...this.#foreign(name),
      ...(isMoved && { id: anyKey(random) }),
    };
    const row = { ...wholeOf(name, random), ...this.#foreign(name) };
    const found = { ...row, id: key };
    const columns = Object.keys(scalarsOf(name, random));
    const nested = this.#nested(name);
    const send =
      (run: (options: { transaction: Transaction | null }) => Promise<unknown>) => (transaction: Client) =>
        run(within(transaction));
    const writes: readonly [Write, ...Write[]] = [
      {
        told: told(`${name}.update`, set, where),
        send: send((options) => model.update(set, { where, ...options } as never)),
      },
      { told: told(`${name}.create`, row), send: send((options) => model.create(row, options)) },
      {
        told: told(`${name}.destroy`, where),
        send: send((options) => model.destroy({ where, ...options } as never)),
      },
      { told: told(`${name}.upsert`, found), send: send((options) => model.upsert(found, options)) },
      {
        told: told(`${name}.bulkCreate`, [row, found], columns),
        send: send((options) =>
          model.bulkCreate([row, found], { updateOnDuplicate: columns as never, ...options }),
        ),
      },
      {
        told: told('Post.increment', key),
        send: send((options) => this.#models.Post.increment('views', { where: { id: key }, ...options })),
      },
      {
        told: told(`${name}.create`, { ...row, ...nested.values }, nested.include),
        send: send((options) =>
          model.create({ ...row, ...nested.values }, { include: nested.include, ...options }),
        ),
      },
      {
        told: told(`${name}.findOrCreate`, key, row),
        send: send((options) =>
          model.findOrCreate({ where: { id: key }, defaults: found, ...options } as never),
        ),
      },
    ];
    return writes[kind % writes.length] ?? writes[0];
  }

  /** Changes columns of one row. */
  #changed(name: ModelName): Write {
    const [set, where] = [scalarsOf(name, this.#random), { id: anyKey(this.#random) }];
    return {
      told: told(`${name}.update`, set, where),
      send: (transaction) => this.#models[name].update(set, { where, ...within(transaction) }),
    };
  }

  #ofRecord(name: ModelName): Write {
    const random = this.#random;
    const key = anyKey(random);
    const set = { ...scalarsOf(name, random), ...this.#foreign(name) };
    const isGone = random.chance(0.3);
    return {
      told: told(`${name}.${isGone ? 'destroy' : 'update'} found`, key, set),
      send: async (transaction) => {
        const options = within(transaction);
        const record = await this.#models[name].findByPk(key, { rejectOnEmpty: true, ...options });
        if (isGone) return record.destroy(options);
        return random.chance(0.5) ? record.update(set, options) : record.set(set).save(options);
      },
    };
  }

  /** `post.setTags([…])`, and so on. */
  #associated(name: ModelName): Write {
    const random = this.#random;
    const [relation, target] = this.focus.relation(name);
    const isList = relation in MODELS[name].lists;
    const plural = relation.charAt(0).toUpperCase() + relation.slice(1);
    const singular = plural === 'Children' ? 'Child' : plural.replace(/s$/, '');
    const [key, others] = [anyKey(random), [anyKey(random), anyKey(random)]];
    const verbs = [`set${plural}`, `add${singular}`, `remove${singular}`, `create${singular}`] as const;
    const verb = isList ? random.one(verbs) : random.one([`set${plural}`, `create${plural}`]);
    const row = wholeOf(target, random);
    return {
      told: told(`${name}.${verb}`, key, others, row),
      send: async (transaction) => {
        const options = within(transaction);
        const record = await this.#models[name].findByPk(key, { rejectOnEmpty: true, ...options });
        const found = await this.#models[target].findAll({ where: { id: others } as never, ...options });
        const value = verb.startsWith('create')
          ? row
          : isList && verb.startsWith('set')
            ? found
            : (found[0] ?? null);
        return call(record, verb, value, options);
      },
    };
  }

  #own(name: ModelName): Args {
    const column = this.#random.one(MODELS[name].scalars);
    return { [column]: anyValue(column, this.#random) };
  }

  #where(name: ModelName): Args {
    const random = this.#random;
    const kind = random.below(10);
    if (kind < 4) return { id: anyKey(random) };
    if (kind === 4)
      return {
        id: random.one<unknown>([[anyKey(random), anyKey(random)], { $gt: 2 }, { $ne: anyKey(random) }]),
      };
    if (kind === 5) return { $or: [{ id: anyKey(random) }, this.#own(name)] };
    if (kind === 6) return this.#foreign(name);
    return kind < 9 ? this.#own(name) : {};
  }

  /** Returns a condition on a column of an included model. */
  #byRelated(name: ModelName): Args {
    const [single, target] = Object.entries(MODELS[name].singles)[0] ?? [];
    if (single === undefined || target === undefined) return {};
    const [column] = MODELS[target].scalars;
    const where = { [`$${single}.${column}$`]: anyValue(column, this.#random) };
    const include = [{ association: single, include: this.#includes(target, 1) }];
    return { where, include, subQuery: false };
  }

  /** Returns columns by which the rows of a model refer to others. */
  #foreign(name: ModelName): Args {
    const random = this.#random;
    const some = random.some(Object.keys(MODELS[name].singles), 0.4).filter((one) => one !== 'profile');
    return Object.fromEntries(
      some.map((one) =>
        one === 'label'
          ? ['labelSlug', anyValue('label_slug', random)]
          : [`${one}Id`, anyValue('id', random)],
      ),
    );
  }

  #includes(name: ModelName, depth: number): readonly Args[] {
    const random = this.#random;
    if (depth === 0) return [];
    return random.some(relationsOf(name), depth === 2 ? 0.4 : 0.3).map(([as, target]) => {
      const isLinked = (name === 'Post' && as === 'tags') || name === 'Tag';
      const isList = as in MODELS[name].lists;
      const isSeparate = isList && !isLinked && random.chance(0.25);
      return {
        as,
        ...{ association: as, include: this.#includes(target, depth - 1) },
        ...(random.chance(0.2) ? { where: this.#where(target) } : {}),
        ...(random.chance(0.2) ? { required: random.chance(0.5) } : {}),
        ...(isSeparate
          ? { separate: true, order: [['id', 'ASC']], ...(random.chance(0.4) && { limit: 2 }) }
          : {}),
        ...(random.chance(0.15) ? { attributes: [MODELS[target].scalars[0]] } : {}),
      };
    });
  }

  /** Returns rows that are created together with one. */
  #nested(name: ModelName) {
    const [relation, target] = this.focus.relation(name);
    const row = wholeOf(target, this.#random);
    return { values: { [relation]: relation in MODELS[name].lists ? [row] : row }, include: [relation] };
  }
}

function within(transaction: Client): { transaction: Transaction | null } {
  return { transaction: transaction ?? null };
}

const told = toldOf;

/** Calls a method of a class or of a record by its name. */
async function call(target: object, method: string, ...given: readonly unknown[]): Promise<unknown> {
  const found: unknown = Reflect.get(target, method);
  if (typeof found !== 'function') throw new TypeError(`No method ${method}`);
  return Reflect.apply(found, target, given);
}

/**
 * Replaces names such as `$gt` with operators. Returns a copy each time, because Sequelize writes into its arguments.
 */
function symbols(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(symbols);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Reflect.ownKeys(value).map((key) => {
      const operator = OPERATORS[/^\$(\w+)$/.exec(String(key))?.[1] ?? ''];
      return [operator ?? key, symbols(Reflect.get(value, key))];
    }),
  );
}
