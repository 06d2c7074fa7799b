import Database from 'better-sqlite3';
import { trackSqlite } from '../../../src/track/sqlite/index.js';
import type { FuzzPages } from '../fuzz/pairs.js';
import { type PreciseBlog, rows, tables } from './blog.js';

/** Opens a database with the blog, and follows it. */
export function openDatabase(pages: FuzzPages) {
  const database = new Database(':memory:');
  for (const statement of [...tables, ...rows()]) database.exec(statement);
  const tracking = trackSqlite(database, pages, {
    ids: { authors: 'id', posts: 'id', comments: 'id', tags: 'id' },
    uniques: { posts: 'slug' },
    lists: { posts: 'author_id', comments: 'post_id', post_tags: ['post_id', 'tag_id'] },
  });
  return { database, tracking };
}

/** Opens the blog with plain SQL. */
export async function openSql(pages: FuzzPages): Promise<PreciseBlog> {
  const { database, tracking } = openDatabase(pages);
  const all = async (sql: string, ...values: unknown[]) =>
    database.prepare(sql).all(...values) as { id: number; author_id: number }[];
  const run = async (sql: string, ...values: unknown[]) => {
    database.prepare(sql).run(...values);
    await tracking.settled();
  };
  return {
    reads: {
      start: (limit) =>
        all(
          'select p.id as id, p.title, a.id as a_id, a.name from posts p left join authors a on a.id = p.author_id order by p.id desc limit ?',
          limit,
        ),
      archive: () => all('select id, title from posts order by id'),
      author: async (id) => [
        await all('select * from authors where id = ?', id),
        await all('select id, title from posts where author_id = ? order by id', id),
      ],
      tags: () => all('select id, name from tags order by id'),
      tag: async (id) => [
        await all('select * from tags where id = ?', id),
        await all(
          'select p.id as id, p.title from posts p join post_tags pt on pt.post_id = p.id where pt.tag_id = ? order by p.id',
          id,
        ),
      ],
      post: async (id) => {
        const [post] = await all('select * from posts where slug = ?', `slug-${id}`);
        return [
          post,
          await all('select * from authors where id = ?', post?.author_id),
          await all('select id, text from comments where post_id = ? order by id', post?.id),
          await all(
            'select t.id as id, t.name from tags t join post_tags pt on pt.tag_id = t.id where pt.post_id = ? order by t.id',
            post?.id,
          ),
        ];
      },
    },
    writes: {
      savePost: (id, title) => run('update posts set title = ? where id = ?', title, id),
      addComment: (post, text) => run('insert into comments (text, post_id) values (?, ?)', text, post),
      editComment: (id, text) => run('update comments set text = ? where id = ?', text, id),
      removeComment: (id) => run('delete from comments where id = ?', id),
      addTag: (post, tag) => run('insert into post_tags (post_id, tag_id) values (?, ?)', post, tag),
      removeTag: (post, tag) => run('delete from post_tags where post_id = ? and tag_id = ?', post, tag),
      createPost: async (id, author, tag) => {
        await run(
          'insert into posts (id, slug, title, author_id) values (?, ?, ?, ?)',
          id,
          `slug-${id}`,
          'new',
          author,
        );
        await run('insert into post_tags (post_id, tag_id) values (?, ?)', id, tag);
      },
    },
    close: async () => database.close(),
  };
}
