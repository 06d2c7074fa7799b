/** The models of a blog and their values, for random calls of an ORM. */
import type { Random } from '../../../helpers/protocol/choices.js';

export type ModelName = 'Author' | 'Profile' | 'Label' | 'Post' | 'Comment' | 'Tag';
export type Args = Readonly<Record<string, unknown>>;

export interface CallModel {
  readonly table: string;
  /** The columns with values. Posts refer to a `Label` by its slug, which may change. */
  readonly scalars: readonly [string, ...string[]];
  readonly lists: Readonly<Record<string, ModelName>>;
  readonly singles: Readonly<Record<string, ModelName>>;
}

export const MODELS: Readonly<Record<ModelName, CallModel>> = {
  Author: { table: 'authors', scalars: ['name'], lists: { posts: 'Post' }, singles: { profile: 'Profile' } },
  Profile: { table: 'profiles', scalars: ['text'], lists: {}, singles: { author: 'Author' } },
  Label: { table: 'labels', scalars: ['slug', 'name'], lists: { posts: 'Post' }, singles: {} },
  Post: {
    table: 'posts',
    scalars: ['title', 'views'],
    lists: { comments: 'Comment', tags: 'Tag', children: 'Post' },
    singles: { author: 'Author', label: 'Label', parent: 'Post' },
  },
  Comment: { table: 'comments', scalars: ['text'], lists: {}, singles: { post: 'Post' } },
  Tag: { table: 'tags', scalars: ['name'], lists: { posts: 'Post' }, singles: {} },
};
export const NAMES = Object.keys(MODELS) as [ModelName, ...ModelName[]];

/** The columns by which the rows of a table refer to other rows. */
const REFERENCES: Readonly<Record<string, readonly string[]>> = {
  ...{ posts: ['author_id', 'parent_id', 'label_slug'], comments: ['post_id'], profiles: ['author_id'] },
};
const TEXTS: readonly [string, ...string[]] = ['x', 'y'];
/** So few that reads and writes often concern the same row. */
const ROWS = 4;

export function anyKey(random: Random): number {
  return 1 + random.below(ROWS + 1);
}

export function anyValue(column: string, random: Random): string | number | null {
  if (column === 'slug' || column === 'label_slug') return `s${anyKey(random)}`;
  if (column === 'views') return random.below(4);
  return column.endsWith('id') ? (random.chance(0.1) ? null : anyKey(random)) : random.one(TEXTS);
}

/** Returns some columns with values. */
export function scalarsOf(model: ModelName, random: Random): Args {
  const { scalars } = MODELS[model];
  const some = random.some(scalars, 0.6);
  return Object.fromEntries(
    (some.length === 0 ? scalars : some).map((column) => [column, anyValue(column, random)]),
  );
}

/** Returns a whole row, by the names of its properties. */
export function wholeOf(model: ModelName, random: Random, id = 5 + random.below(40)): Args {
  return {
    id,
    ...Object.fromEntries(MODELS[model].scalars.map((column) => [column, anyValue(column, random)])),
  };
}

export function relationsOf(model: ModelName): readonly [string, ModelName][] {
  return Object.entries({ ...MODELS[model].lists, ...MODELS[model].singles });
}

/**
 * Chooses two models, one of which refers to the other, so that reads and writes concern the same rows. Sometimes gives
 * others.
 */
export class Focus {
  readonly #random: Random;
  #pair: readonly [ModelName, ModelName];

  constructor(random: Random) {
    this.#random = random;
    this.#pair = this.#chosen();
  }

  move(): void {
    this.#pair = this.#chosen();
  }

  model(): ModelName {
    return this.#random.one(this.#random.chance(0.8) ? this.#pair : NAMES);
  }

  relation(model: ModelName): readonly [string, ModelName] {
    const all = relationsOf(model) as [[string, ModelName]];
    const [first, ...others] = all.filter(([, target]) => this.#pair.includes(target));
    return this.#random.one(first !== undefined && this.#random.chance(0.7) ? [first, ...others] : all);
  }

  #chosen(): readonly [ModelName, ModelName] {
    const model = this.#random.one(NAMES);
    return [model, this.#random.one(relationsOf(model) as [[string, ModelName]])[1]];
  }
}

/** Returns statements that replace all rows. */
export function refilling(random: Random): readonly string[] {
  const text = (value: unknown) => (typeof value === 'string' ? `'${value}'` : String(value));
  const inserts = (['Author', 'Profile', 'Label', 'Tag', 'Post', 'Comment'] as const).flatMap((name) => {
    const { table, scalars } = MODELS[name];
    const columns = [...scalars.filter((one) => one !== 'slug'), ...(REFERENCES[table] ?? [])];
    return Array.from({ length: ROWS }, (_, at) => {
      const slug = name === 'Label' ? [['slug', `s${at + 1}`]] : [];
      const row = Object.fromEntries([
        ['id', at + 1],
        ...slug,
        ...columns.map((one) => [one, anyValue(one, random)]),
      ]);
      return `insert or ignore into ${table} (${Object.keys(row)}) values (${Object.values(row).map(text)})`;
    }).filter(() => random.chance(0.85));
  });
  const links = Array.from(
    { length: ROWS },
    () => `insert or ignore into post_tags (post_id, tag_id) values (${anyKey(random)}, ${anyKey(random)})`,
  );
  const empty = ['post_tags', 'comments', 'profiles', 'posts', 'labels', 'tags', 'authors'].map(
    (one) => `delete from ${one}`,
  );
  return ['pragma foreign_keys = off', ...empty, ...inserts, ...links, 'pragma foreign_keys = on'];
}

/** Returns a statement as people write it by hand. */
export function rawRead(random: Random): string {
  const key = anyKey(random);
  return random.one([
    `select * from posts where id = ${key}`,
    `select p.id as p_id, p.title, a.name from posts p left join authors a on a.id = p.author_id where p.id = ${key}`,
    `select id, text from comments where post_id = ${key} order by id`,
    `select t.* from tags t join post_tags pt on pt.tag_id = t.id where pt.post_id = ${key} order by t.id`,
    `select label_slug, count(*) as n from posts group by label_slug order by 1`,
    `select p.id, l.name from posts p join labels l on l.slug = p.label_slug order by p.id`,
  ]);
}

export function rawWrite(random: Random): string {
  const [key, other] = [anyKey(random), anyKey(random)];
  return random.one([
    `update posts set views = views + 1 where id = ${key}`,
    `update posts set author_id = ${other} where author_id = ${key}`,
    `update labels set slug = 's${other}' where slug = 's${key}'`,
    `delete from comments where post_id = ${key}`,
    `delete from posts where id = ${key}`,
    `insert into post_tags (post_id, tag_id) values (${key}, ${other}) on conflict do nothing`,
    `update authors set id = ${other} where id = ${key}`,
    `insert into comments (id, text, post_id) values (${40 + key}, 'x', ${other}) on conflict (id) do update set post_id = ${other}`,
    `replace into labels (id, slug, name) values (${key}, 's${other}', 'y')`,
  ]);
}
