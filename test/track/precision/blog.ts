/**
 * A blog, with 104 pages in long runs: counts the pages that the writes of its authors delete, and those of them that
 * really change.
 */
import { effort } from '../../helpers/effort.js';
import { FuzzPages } from '../fuzz/pairs.js';

export const AUTHORS = effort({ usual: 5, long: 10 });
export const TAGS = effort({ usual: 6, long: 11 });
export const POSTS = effort({ usual: 20, long: 80 });
const SHOWN_AT_START = 10;

/** What pages read. Each adapter does it as people usually write it. */
export interface BlogReads {
  /** The newest posts, with their authors. */
  start(limit: number): Promise<unknown>;
  /** The titles of all posts. */
  archive(): Promise<unknown>;
  /** An author with the titles of their posts. */
  author(id: number): Promise<unknown>;
  /** All tags. */
  tags(): Promise<unknown>;
  /** A tag with the titles of its posts. */
  tag(id: number): Promise<unknown>;
  /** A post, by its slug if the tables have one, with its author, comments and tags. */
  post(id: number): Promise<unknown>;
}

export interface BlogWrites {
  savePost(id: number, title: string): Promise<unknown>;
  addComment(postId: number, text: string): Promise<unknown>;
  editComment(id: number, text: string): Promise<unknown>;
  removeComment(id: number): Promise<unknown>;
  addTag(postId: number, tagId: number): Promise<unknown>;
  removeTag(postId: number, tagId: number): Promise<unknown>;
  /** Creates a post with a tag. */
  createPost(id: number, authorId: number, tagId: number): Promise<unknown>;
}

export interface PreciseBlog {
  readonly reads: BlogReads;
  readonly writes: BlogWrites;
  close(): Promise<unknown>;
}

export interface Precision {
  /** For each kind of write: the deleted pages, and those of them that changed, per write. */
  readonly kinds: Readonly<Record<string, { readonly deleted: number; readonly changed: number }>>;
  /** The share of deleted pages that changed. */
  readonly share: number;
  readonly stale: readonly string[];
}

export const tables: readonly string[] = [
  'create table authors (id integer primary key, name text not null)',
  'create table posts (id integer primary key, slug text not null unique, title text not null, author_id integer not null references authors)',
  'create table comments (id integer primary key, text text not null, post_id integer not null references posts on delete cascade)',
  'create table tags (id integer primary key, name text not null)',
  'create table post_tags (post_id integer not null references posts on delete cascade, tag_id integer not null references tags, primary key (post_id, tag_id))',
];

export function rows(): readonly string[] {
  const each = (count: number, row: (n: number) => string) =>
    Array.from({ length: count }, (_, index) => row(index + 1)).join();
  return [
    `insert into authors values ${each(AUTHORS, (n) => `(${n}, 'author ${n}')`)}`,
    `insert into posts values ${each(POSTS, (n) => `(${n}, 'slug-${n}', 'post ${n}', ${authorOf(n)})`)}`,
    `insert into comments values ${each(2 * POSTS, (n) => `(${n}, 'comment ${n}', ${postOf(n)})`)}`,
    `insert into tags values ${each(TAGS, (n) => `(${n}, 'tag ${n}')`)}`,
    `insert into post_tags values ${each(POSTS, (n) => `(${n}, ${tagOf(n)})`)}`,
  ];
}

export const authorOf = (post: number) => ((post - 1) % AUTHORS) + 1;
export const tagOf = (post: number) => ((post - 1) % TAGS) + 1;
export const postOf = (comment: number) => Math.ceil(comment / 2);

function pagesOf({
  start,
  archive,
  author,
  tags,
  tag,
  post,
}: BlogReads): ReadonlyMap<string, () => Promise<unknown>> {
  const each = (count: number, path: string, read: (id: number) => Promise<unknown>) =>
    Array.from({ length: count }, (_, at): [string, () => Promise<unknown>] => [
      `${path}/${at + 1}`,
      () => read(at + 1),
    ]);
  return new Map([
    ['/', () => start(SHOWN_AT_START)],
    ['/archive', archive],
    ...each(AUTHORS, '/authors', author),
    ['/tags', tags],
    ...each(TAGS, '/tags', tag),
    ...each(POSTS, '/posts', post),
  ]);
}

const KINDS: Readonly<Record<string, (writes: BlogWrites, n: number) => Promise<unknown>>> = {
  'saving a post': ({ savePost }, n) => savePost(n, `saved ${n}`),
  'a comment': ({ addComment }, n) => addComment(n, 'new'),
  'a comment that is edited': ({ editComment }, n) => editComment(2 * n, `edited ${n}`),
  'a comment that is removed': ({ removeComment }, n) => removeComment(2 * n - 1),
  retagging: async ({ addTag, removeTag }, n) => {
    await removeTag(n, tagOf(n));
    await addTag(n, (tagOf(n) % TAGS) + 1);
  },
  'a new post': ({ createPost }, n) => createPost(1_000 + n, authorOf(n), tagOf(n)),
};

/** Runs every kind of write with some posts, old and new ones. */
export async function measure(open: (pages: FuzzPages) => Promise<PreciseBlog>): Promise<Precision> {
  const pages = new FuzzPages();
  const { reads, writes, close } = await open(pages);
  const paths = pagesOf(reads);
  const look = async () => {
    const seen = new Map<string, Awaited<ReturnType<FuzzPages['tagsOf']>>>();
    for (const [path, read] of paths) seen.set(path, await pages.tagsOf(read));
    return seen;
  };
  const kinds: Record<string, { deleted: number; changed: number }> = {};
  const stale: string[] = [];
  let before = await look();
  for (const [kind, write] of Object.entries(KINDS)) {
    const sum = { deleted: 0, changed: 0 };
    for (const post of [7, POSTS - 1]) {
      const selectors = await pages.selectorsOf(() => write(writes, post));
      const after = await look();
      for (const [path, { rows: shown, tags }] of before) {
        const isDeleted =
          tags === undefined ||
          selectors.some((one) => one.kind === 'all' || (one.kind === 'tag' && tags.has(one.value)));
        const isChanged = JSON.stringify(shown) !== JSON.stringify(after.get(path)?.rows);
        if (isDeleted) sum.deleted += 0.5;
        if (isChanged) sum.changed += 0.5;
        if (isChanged && !isDeleted) stale.push(`${kind} ${post}: ${path}`);
      }
      before = after;
    }
    kinds[kind] = sum;
  }
  await close();
  const all = Object.values(kinds);
  const total = (key: 'deleted' | 'changed') => all.reduce((sum, one) => sum + one[key], 0);
  return { kinds, share: total('changed') / total('deleted'), stale };
}
