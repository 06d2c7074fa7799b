/** Random calls of Prisma: nested reads, nested writes, batches and transactions. */
import type { Prisma, PrismaTransaction, Query } from '../../helpers/databases/prisma.js';
import type { Random } from '../../helpers/protocol/choices.js';
import type { Call } from './pairs.js';

type ModelName = 'author' | 'post' | 'comment' | 'tag' | 'postTag' | 'label' | 'profile';
type Args = Readonly<Record<string, unknown>>;

interface FuzzModel {
  /** The names of the columns: keys of other rows, numbers, and texts. */
  readonly scalars: readonly [string, ...string[]];
  readonly lists: Readonly<Record<string, ModelName>>;
  readonly singles: Readonly<Record<string, ModelName>>;
}

const MODELS: Readonly<Record<ModelName, FuzzModel>> = {
  author: { scalars: ['name'], lists: { posts: 'post' }, singles: { profile: 'profile' } },
  post: {
    scalars: ['title', 'views', 'authorId'],
    lists: { comments: 'comment', tags: 'postTag', labels: 'label' },
    singles: { author: 'author' },
  },
  comment: { scalars: ['text', 'postId'], lists: {}, singles: { post: 'post' } },
  tag: { scalars: ['name'], lists: { posts: 'postTag' }, singles: {} },
  postTag: { scalars: ['postId', 'tagId'], lists: {}, singles: { post: 'post', tag: 'tag' } },
  label: { scalars: ['slug'], lists: { posts: 'post' }, singles: {} },
  profile: { scalars: ['text', 'authorId'], lists: {}, singles: { author: 'author' } },
};
const NAMES = Object.keys(MODELS) as [ModelName, ...ModelName[]];
const TEXTS: readonly [string, ...string[]] = ['x', 'y', 'z'];
/** Some databases treat some of these as equal. */
const SLUGS: readonly [string, ...string[]] = ['a', 'A', 'b', '1', '1 ', '01', 'a '];

/** Replaces all rows. */
export async function refill(prisma: Prisma, random: Random): Promise<void> {
  for (const name of ['postTag', 'comment', 'profile', 'label', 'post', 'tag', 'author'] as const)
    await prisma[name].deleteMany({});
  for (const name of ['author', 'tag', 'post', 'comment', 'label', 'profile', 'postTag'] as const)
    for (let id = 1; id <= 4; id += 1)
      if (name === 'author' || random.chance(0.9))
        await prisma[name].create({ data: ownData(name, random, id) }).catch(() => undefined);
}

export class PrismaCalls {
  readonly #prisma: Prisma;
  readonly #random: Random;

  constructor(prisma: Prisma, random: Random) {
    this.#prisma = prisma;
    this.#random = random;
  }

  read(): Call {
    const random = this.#random;
    const model = random.one(NAMES);
    const kind = random.below(12);
    if (kind === 0) return this.#called(model, 'count', { where: this.#where(model) });
    const shape = { ...this.#shape(model, 2) };
    if (kind < 5) return this.#called(model, 'findUnique', { where: unique(model, random), ...shape });
    const cut = random.chance(0.2) ? { take: 1 + random.below(2) } : {};
    const args = { where: this.#where(model), orderBy: this.#order(model), ...cut, ...shape };
    return this.#called(model, kind === 5 ? 'findFirst' : 'findMany', args);
  }

  /** Returns a random write. A write that the database refuses changes nothing. */
  write(): Call {
    const random = this.#random;
    const kind = random.below(10);
    const writes = [this.#write(), this.#write()];
    const told = writes.map((one) => one.told).join('; ');
    const among = (client: PrismaTransaction) => writes.map((one) => one.send(client));
    if (kind > 1) return quietly(writes[0]?.told ?? '', async () => await writes[0]?.send(this.#prisma));
    if (kind === 1) return quietly(`batch ${told}`, () => this.#prisma.$transaction(among(this.#prisma)));
    const isUndone = random.chance(0.3);
    return quietly(`transaction ${told}${isUndone ? ' rolled back' : ''}`, () =>
      this.#prisma.$transaction(async (client) => {
        for (const one of writes) await one.send(client);
        if (isUndone) throw new Error('rolled back');
      }),
    );
  }

  #called(model: ModelName, operation: 'count' | 'findUnique' | 'findFirst' | 'findMany', args: Args): Call {
    const run = async () => await this.#prisma[model][operation](args);
    return { told: `${model}.${operation}(${JSON.stringify(args)})`, run };
  }

  #write(): { readonly told: string; send(client: PrismaTransaction): Query } {
    const random = this.#random;
    const model = random.one(NAMES);
    const operation = random.one([
      ...(['update', 'update', 'update', 'update', 'create', 'create', 'updateMany'] as const),
      ...(['upsert', 'upsert', 'delete', 'deleteMany', 'createMany'] as const),
    ]);
    const where = operation.endsWith('Many') ? this.#where(model) : unique(model, random);
    const data = this.#data(model, 2);
    const created = { ...ownData(model, random), ...this.#links(model, 'create', 1) };
    const select = random.chance(0.2) ? { select: { [MODELS[model].scalars[0]]: true } } : {};
    const args: Readonly<Record<typeof operation, Args>> = {
      update: { where, data, ...select },
      create: { data: withoutForeign(model, created), ...select },
      updateMany: { where, data: changedData(model, random) },
      upsert: { where, update: data, create: ownData(model, random), ...select },
      delete: { where, ...select },
      deleteMany: { where },
      createMany: { data: [ownData(model, random), ownData(model, random)] },
    };
    const told = `${model}.${operation}(${JSON.stringify(args[operation])})`;
    return { told, send: (client) => client[model][operation](args[operation]) };
  }

  /** Returns new values of columns and of linked rows, up to a depth. */
  #data(model: ModelName, depth: number): Args {
    const links = this.#links(model, 'update', depth);
    return withoutForeign(model, { ...changedData(model, this.#random), ...links });
  }

  #links(model: ModelName, verb: 'create' | 'update', depth: number): Args {
    const random = this.#random;
    if (depth === 0 || random.chance(0.6)) return {};
    const { lists, singles } = MODELS[model];
    const [name, target] = random.one(
      Object.entries({ ...lists, ...singles }) as [[string, ModelName], ...[string, ModelName][]],
    );
    const isList = name in lists;
    const where = unique(target, random);
    const create = withoutForeign(target, ownData(target, random), model);
    const linked: [Args, ...Args[]] = [
      { create },
      { connect: where },
      { connectOrCreate: { where, create } },
    ];
    if (verb === 'create') return { [name]: random.one(linked) };
    const data = this.#data(target, depth - 1);
    const list: readonly Args[] = [
      { set: [where] },
      { disconnect: [where] },
      { delete: [where] },
      { update: [{ where, data }] },
      { updateMany: { where: {}, data: changedData(target, random) } },
      { deleteMany: {} },
      { upsert: [{ where, create, update: data }] },
    ];
    const single: readonly Args[] = [
      { update: data },
      { upsert: { create, update: data } },
      { disconnect: true },
    ];
    return { [name]: isList ? random.one([...linked, ...list]) : random.one([...linked, ...single]) };
  }

  #where(model: ModelName, depth = 2): Args {
    const random = this.#random;
    const { scalars, lists, singles } = MODELS[model];
    const kind = random.below(8);
    if (kind < 2) return model === 'postTag' ? {} : { [keyOf(model)]: anyValue(keyOf(model), random) };
    const scalar = random.one(scalars);
    if (kind === 2 || kind === 3) return { [scalar]: anyValue(scalar, random) };
    if (kind === 4 && depth > 0)
      return { [random.one(['AND', 'OR', 'NOT'])]: [this.#where(model, depth - 1), this.#where(model, 0)] };
    const related = Object.entries({ ...lists, ...singles });
    const [name, target] = related[random.below(related.length)] ?? [];
    if (kind > 5 || depth === 0 || name === undefined || target === undefined) return {};
    const test = name in lists ? random.one(['some', 'every', 'none']) : random.one(['is', 'isNot']);
    return { [name]: { [test]: this.#where(target, depth - 1) } };
  }

  #order(model: ModelName): readonly Args[] {
    const random = this.#random;
    const [single, target] = Object.entries(MODELS[model].singles)[0] ?? [];
    const by = single !== undefined && target !== undefined && random.chance(0.2);
    const first = by ? [{ [single]: { [MODELS[target].scalars[0]]: 'asc' } }] : [];
    const keys = model === 'postTag' ? ['postId', 'tagId'] : [keyOf(model)];
    return [...first, ...keys.map((key) => ({ [key]: 'asc' }))];
  }

  /** Returns which parts of a row a query selects. */
  #shape(model: ModelName, depth: number): Args {
    const random = this.#random;
    if (depth === 0 || random.chance(0.3)) return {};
    const { lists, singles, scalars } = MODELS[model];
    const related = Object.entries({ ...lists, ...singles }).filter(() => random.chance(0.5));
    const included = related.map(([name, target]) => {
      const inner = this.#shape(target, depth - 1);
      if (!(name in lists)) return [name, Object.keys(inner).length > 0 ? inner : true];
      const condition = random.chance(0.2) ? { where: this.#where(target, 1) } : {};
      return [name, { ...condition, ...inner, orderBy: this.#order(target) }];
    });
    const counted = random.chance(0.1) && Object.keys(lists).length > 0 ? { _count: true } : {};
    const isSelected = random.chance(0.3);
    const shape = { ...Object.fromEntries(included), ...counted };
    if (isSelected) return { select: { ...shape, ...Object.fromEntries(scalars.map((one) => [one, true])) } };
    return Object.keys(shape).length > 0 ? { include: shape } : {};
  }
}

function quietly(told: string, run: () => Promise<unknown>): Call {
  return { told, run: () => run().catch(() => undefined) };
}

function keyOf(model: ModelName): string {
  return model === 'label' ? 'slug' : 'id';
}

function unique(model: ModelName, random: Random): Args {
  if (model === 'postTag')
    return { postId_tagId: { postId: anyValue('postId', random), tagId: anyValue('tagId', random) } };
  if (model === 'profile' && random.chance(0.3)) return { authorId: anyValue('authorId', random) };
  return { [keyOf(model)]: anyValue(keyOf(model), random) };
}

function anyValue(field: string, random: Random): unknown {
  if (field === 'slug') return random.one(SLUGS);
  return /id$/i.test(field) || field === 'views' ? 1 + random.below(4) : random.one(TEXTS);
}

/** Returns a whole row. */
function ownData(model: ModelName, random: Random, id = 4 + random.below(60)): Args {
  const { scalars } = MODELS[model];
  const values = Object.fromEntries(scalars.map((field) => [field, anyValue(field, random)]));
  return model === 'postTag' || model === 'label' ? values : { id, ...values };
}

/** Returns new values of some columns, and sometimes of the key. */
function changedData(model: ModelName, random: Random): Args {
  const { scalars } = MODELS[model];
  const isMoved = model !== 'postTag' && random.chance(0.1);
  const fields = [random.one(scalars), ...(isMoved ? [keyOf(model)] : [])];
  return Object.fromEntries(fields.map((field) => [field, anyValue(field, random)]));
}

/**
 * Prisma accepts either foreign keys and keys, or relations, not both. In a nested write, the outer row is given
 * already.
 */
function withoutForeign(model: ModelName, data: Args, within?: ModelName): Args {
  const { singles } = MODELS[model];
  const hasLinks = Object.values(data).some((value) => typeof value === 'object');
  const isNamed = within !== undefined && Object.values(singles).includes(within);
  if (!hasLinks && !isNamed) return data;
  const entries = Object.entries(data).flatMap(([field, value]): [string, unknown][] => {
    if (field === 'id') return [];
    const relation = field.endsWith('Id') ? field.slice(0, -2) : '';
    if (!(relation in singles)) return [[field, value]];
    if (relation in data || relation === within) return [];
    return [[relation, { connect: { id: value } }]];
  });
  return Object.fromEntries(entries);
}
