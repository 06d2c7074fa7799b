/** Random calls of TypeORM: nested reads, saves, changes of relations, criteria, transactions. */
import { type DataSource, type EntityManager, type FindManyOptions, In, MoreThan, Not } from 'typeorm';
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

export class TypeOrmCalls implements Orm<EntityManager> {
  readonly client: EntityManager;
  readonly focus: Focus;
  readonly #random: Random;

  constructor({ manager }: DataSource, random: Random) {
    this.client = manager;
    this.focus = new Focus(random);
    this.#random = random;
  }

  transaction(client: EntityManager, work: (inner: EntityManager) => Promise<void>): Promise<void> {
    return client.transaction(work);
  }

  read(): Call {
    const random = this.#random;
    const model = this.focus.model();
    const repository = this.client.getRepository<object>(model);
    const kind = random.below(12);
    if (kind === 0) {
      const sql = rawRead(random);
      return { told: sql, run: () => this.client.query(sql) };
    }
    if (kind === 1) return this.#built(model);
    const where = this.#where(model, 2);
    if (kind === 2) return { told: toldOf(`${model}.countBy`, where), run: () => repository.countBy(where) };
    if (kind === 3)
      return { told: toldOf(`${model}.findOneBy`, where), run: () => repository.findOneBy(where) };
    const cut = random.chance(0.25) ? { take: 1 + random.below(2), skip: random.below(2) } : {};
    const { order, relations } = this.#order(model, random.chance(0.25));
    // Relations in the condition are usually in the results too.
    const chosen = Object.keys(where).filter((name) => isRelation(model, name) && random.chance(0.7));
    const choosing = Object.fromEntries(chosen.map((name) => [name, true]));
    const isWhole = relations !== undefined;
    const args = {
      where: random.chance(0.2) ? [where, this.#where(model, 1)] : where,
      order: { ...order, id: 'ASC' },
      ...{ relations: { ...this.#relations(model, 2), ...choosing, ...relations }, ...cut },
      ...(random.chance(0.2) ? { relationLoadStrategy: isWhole ? 'join' : 'query' } : {}),
      ...(!isWhole && random.chance(0.15) ? { loadRelationIds: true, relations: undefined } : {}),
      ...(!isWhole && random.chance(0.15) ? { select: { id: true, [MODELS[model].scalars[0]]: true } } : {}),
    } as FindManyOptions<object>;
    const method = kind < 7 ? 'findOne' : kind === 7 ? 'findAndCount' : 'find';
    return { told: toldOf(`${model}.${method}`, args), run: () => repository[method](args) };
  }

  write(): OrmWrite<EntityManager> {
    const random = this.#random;
    const model = this.focus.model();
    const kind = random.below(18);
    if (kind < 3) return this.#changed(model);
    if (kind < 6) return this.#saved(model);
    if (kind < 8) return this.#related(model);
    if (kind === 8) {
      const sql = rawWrite(random);
      return { told: sql, send: (client) => client.query(sql) };
    }
    if (kind === 9) return this.#updatedByQuery(model);
    return this.#byCriteria(model, kind);
  }

  #byCriteria(model: ModelName, kind: number): OrmWrite<EntityManager> {
    const random = this.#random;
    const key = anyKey(random);
    const where = random.chance(0.6) ? { id: key } : this.#own(model);
    const isMoved = random.chance(0.15);
    const set = {
      ...scalarsOf(model, random),
      ...this.#singles(model),
      ...(isMoved && { id: anyKey(random) }),
    };
    const row = { ...wholeOf(model, random), ...this.#singles(model) };
    const found = { id: key, ...row, ...(random.chance(0.5) && { id: key }) };
    const of = (client: EntityManager) => client.getRepository<object>(model);
    const writes: readonly [OrmWrite<EntityManager>, ...OrmWrite<EntityManager>[]] = [
      { told: toldOf(`${model}.update`, where, set), send: (client) => of(client).update(where, set) },
      { told: toldOf(`${model}.insert`, row), send: (client) => of(client).insert(row) },
      { told: toldOf(`${model}.delete`, where), send: (client) => of(client).delete(where) },
      { told: toldOf(`${model}.upsert`, found), send: (client) => of(client).upsert(found, ['id']) },
      {
        told: toldOf(`${model}.remove`, key),
        send: async (client) => of(client).remove(await of(client).findOneByOrFail({ id: key })),
      },
      {
        told: toldOf('Post.increment', key),
        send: (client) => client.increment('Post', { id: key }, 'views', 1),
      },
    ];
    return writes[kind % writes.length] ?? writes[0];
  }

  /** Changes columns of one row. */
  #changed(model: ModelName): OrmWrite<EntityManager> {
    const row = { id: anyKey(this.#random), ...scalarsOf(model, this.#random) };
    return { told: toldOf(`${model}.save`, row), send: (client) => client.getRepository(model).save(row) };
  }

  /** Saves a new object, or a row that was found, with related rows. */
  #saved(model: ModelName): OrmWrite<EntityManager> {
    const random = this.#random;
    const key = anyKey(random);
    const given = { ...scalarsOf(model, random), ...this.#links(model, 2) };
    if (random.chance(0.5)) {
      const row = random.chance(0.3) ? { ...wholeOf(model, random), ...given } : { id: key, ...given };
      return { told: toldOf(`${model}.save`, row), send: (client) => client.getRepository(model).save(row) };
    }
    const relations = this.#relations(model, 1);
    return {
      told: toldOf(`${model}.save found`, key, relations, given),
      send: async (client) => {
        const of = client.getRepository<object>(model);
        const record = await of.findOneOrFail({ where: { id: key } as never, relations });
        return of.save(Object.assign(record, given));
      },
    };
  }

  #related(model: ModelName): OrmWrite<EntityManager> {
    const random = this.#random;
    const [name, target] = this.focus.relation(model);
    const key = anyKey(random);
    const isList = name in MODELS[model].lists;
    const others = { id: anyKey(random), slug: anyValue('slug', random) };
    const verb = isList ? random.one(['add', 'remove'] as const) : 'set';
    const other = !isList && random.chance(0.3) ? null : others;
    return {
      told: toldOf(`${model}.${name}.${verb}`, key, other),
      send: async (client) => {
        // Posts refer to a label by its slug, so TypeORM must know it.
        const owner = model === 'Label' ? { id: key, slug: `s${key}` } : key;
        const value = target === 'Label' || other === null ? other : others.id;
        return client.createQueryBuilder().relation(model, name).of(owner)[verb](value);
      },
    };
  }

  #updatedByQuery(model: ModelName): OrmWrite<EntityManager> {
    const random = this.#random;
    const [column] = MODELS[model].scalars;
    const [key, value] = [anyKey(random), anyValue(column, random)];
    const condition = random.one(['id = :key', 'id > :key', 'id in (:key, 3)']);
    return {
      told: toldOf(`update ${model} where ${condition}`, key, { [column]: value }),
      send: (client) =>
        client
          .createQueryBuilder()
          .update(model)
          .set({ [column]: value })
          .where(condition, { key })
          .execute(),
    };
  }

  #built(model: ModelName): Call {
    const random = this.#random;
    const [name, target] = this.focus.relation(model);
    const join = random.one(['leftJoinAndSelect', 'innerJoinAndSelect', 'leftJoin', 'innerJoin'] as const);
    const [column] = MODELS[target].scalars;
    const on = random.chance(0.3) ? `b.${column} = 'x'` : undefined;
    const where = random.one([
      `a.id = ${anyKey(random)}`,
      `b.${column} = 'x'`,
      `b.id > ${anyKey(random)}`,
      'a.id > 0',
    ]);
    const take = random.chance(0.3) ? 1 + random.below(2) : undefined;
    const isShown = join.endsWith('Select');
    const end = random.one(['getMany', 'getOne', 'getRawMany', 'getCount'] as const);
    return {
      told: `${model} ${join} ${name} on ${on} where ${where} take ${take} ${end}`,
      run: () => {
        const query = this.client.createQueryBuilder<object>(model, 'a')[join](`a.${name}`, 'b', on);
        const ordered = query.where(where).orderBy('a.id');
        return (isShown ? ordered.addOrderBy('b.id') : ordered).take(take)[end]();
      },
    };
  }

  #own(model: ModelName): Args {
    const column = this.#random.one(MODELS[model].scalars);
    const value = anyValue(column, this.#random);
    return { [column]: value };
  }

  #where(model: ModelName, depth: number): Args {
    const random = this.#random;
    const kind = random.below(10);
    if (kind < 4) return { id: anyKey(random) };
    if (kind === 4)
      return { id: random.one([In([anyKey(random), anyKey(random)]), MoreThan(2), Not(anyKey(random))]) };
    if (kind < 7 || depth === 0) return this.#own(model);
    if (kind === 7) return {};
    return this.#byRelated(model, depth);
  }

  #byRelated(model: ModelName, depth: number): Args {
    const random = this.#random;
    if (depth === 0) return this.#own(model);
    const [name, target] = this.focus.relation(model);
    return { [name]: this.#where(target, depth - 1), ...(random.chance(0.3) && this.#own(model)) };
  }

  /** Orders by a column of the row that a row refers to. That one must then be joined. */
  #order(model: ModelName, isByOther: boolean): { readonly order?: Args; readonly relations?: Args } {
    const [name, target] = Object.entries(MODELS[model].singles)[0] ?? [];
    if (!isByOther || name === undefined || target === undefined) return {};
    const order = { [name]: { [MODELS[target].scalars[0]]: this.#random.one(['ASC', 'DESC']) } };
    return { order, relations: { [name]: true } };
  }

  #relations(model: ModelName, depth: number): Args {
    const random = this.#random;
    const some = random.some(relationsOf(model), depth === 2 ? 0.4 : 0.25);
    return Object.fromEntries(
      some.map(([name, target]) => [
        name,
        depth > 1 && random.chance(0.4) ? { ...this.#relations(target, depth - 1) } : true,
      ]),
    );
  }

  #singles(model: ModelName): Args {
    const random = this.#random;
    const some = random.some(Object.entries(MODELS[model].singles), 0.3);
    return Object.fromEntries(
      some.map(([name, target]) => [name, random.chance(0.2) ? null : this.#reference(target)]),
    );
  }

  #reference(target: ModelName): Args {
    const key = anyKey(this.#random);
    return target === 'Label' ? { id: key, slug: `s${key}` } : { id: key };
  }

  #links(model: ModelName, depth: number): Args {
    const random = this.#random;
    if (depth === 0) return {};
    const lists = random.some(Object.entries(MODELS[model].lists), 0.3).map(([name, target]) => {
      const rows = Array.from({ length: random.below(3) }, () => this.#linked(target, depth - 1));
      return [name, rows];
    });
    return { ...this.#singles(model), ...Object.fromEntries(lists) };
  }

  #linked(target: ModelName, depth: number): Args {
    const random = this.#random;
    if (random.chance(0.5)) return this.#reference(target);
    if (random.chance(0.3)) return wholeOf(target, random);
    return { ...this.#reference(target), ...scalarsOf(target, random), ...this.#links(target, depth) };
  }
}

function isRelation(model: ModelName, name: string): boolean {
  return relationsOf(model).some(([one]) => one === name);
}
