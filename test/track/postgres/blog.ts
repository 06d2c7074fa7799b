/** The blog of the contract, with plain SQL through a pool of pg. */
import type pg from 'pg';
import type { BlogModels, BlogReads, BlogWrites } from '../../contract/models.js';

/** The keys of the tables. `names` has the names of the tables in tags. */
export const IDS = { authors: 'id', posts: 'id', comments: 'id', tags: 'id' };
export const names = Object.fromEntries([...Object.keys(IDS), 'post_tags'].map((table) => [table, table]));

/** A pool, or a client of it. */
type Queryable = Pick<pg.ClientBase, 'query'>;

export function plainReads(pool: pg.Pool): BlogReads {
  const rows = async (text: string, values: readonly unknown[] = []) =>
    (await pool.query<Record<string, unknown>>(text, [...values])).rows;
  return {
    async post(id) {
      const [post] = await rows('select * from posts where id = $1', [id]);
      if (post === undefined) return undefined;
      const [author] = await rows('select id, name from authors where id = $1', [post.authorId]);
      return { ...post, author };
    },
    posts: () => rows('select title from posts order by id'),
    countPosts: () => rows('select count(*) from posts'),
    author: async (id) => (await rows('SELECT a.* FROM authors AS a WHERE a.id = $1', [id]))[0],
    comments: (post) => rows('select text from comments where "postId" = $1 order by id', [post]),
    async tag(id) {
      const [tag] = await rows('select * from tags where id = $1', [id]);
      const of = `select p.title from posts p, post_tags l where l."postId" = p.id and l."tagId" = $1 order by p.id`;
      return { ...tag, posts: await rows(of, [id]) };
    },
    rawAuthors: () => rows('select name from authors order by id'),
  };
}

export function plainTransaction(pool: pg.Pool): BlogModels['transaction'] {
  return async (work) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await work({ ...plainWrites(client), nested: (inner) => plainSavepoint(client, inner) });
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  };
}

async function plainSavepoint(client: pg.PoolClient, work: (writes: BlogWrites) => Promise<void>) {
  await client.query('savepoint own');
  try {
    await work(plainWrites(client));
    await client.query('release savepoint own');
  } catch (error) {
    await client.query('rollback to savepoint own');
    throw error;
  }
}

export function plainWrites(db: Queryable): BlogWrites {
  return {
    savePost: (id, title) => db.query('update posts set title = $1 where id = $2', [title, id]),
    createPost: (id, title) =>
      db.query('insert into posts (id, title, "authorId") values ($1, $2, 1)', [id, title]),
    createPosts: (title) =>
      db.query('insert into posts (title, "authorId") values ($1, 1), ($1, 2) returning *', [title]),
    removePost: (id) => db.query({ text: 'delete from public.posts where id = $1', values: [id] }),
    saveAuthor: (id, name) => db.query(`UPDATE "authors" SET "name" = $1 WHERE "id" = $2`, [name, id]),
    retitlePostsOf: (author, title) =>
      db.query('update posts set title = $1 where "authorId" = $2', [title, author]),
    retitlePosts: (ids, title) =>
      db.query(`update posts set title = $1 where id in (${ids.map((_, n) => `$${n + 2}`).join()})`, [
        title,
        ...ids,
      ]),
    upsertPost: (id, title) =>
      db.query(
        'insert into posts (id, title, "authorId") values ($1, $2, 1) on conflict (id) do update set title = excluded.title',
        [id, title],
      ),
    countView: (id) => db.query('update posts set views = views + 1 where id = $1', [id]),
    addComment: (post, text) =>
      db.query('insert into comments (text, "postId") values ($1, $2)', [text, post]),
    removeComments: (post) => db.query('delete from comments where "postId" = $1', [post]),
    link: (post, tag) =>
      db.query('with own as (select 1) insert into post_tags select $1, $2 from own on conflict do nothing', [
        post,
        tag,
      ]),
    unlink: (post, tag) =>
      db.query('delete from post_tags where "postId" = $1 and "tagId" = $2', [post, tag]),
    rawRename: (author, name) =>
      db.query(`/* by hand */ update authors set name = 'x' where false; update authors set name = '${name}'
        where id = ${author}`),
  };
}
