/** The blog of the contract, with plain SQL and question marks. */
import type { BlogReads, BlogWrites } from '../../contract/models.js';

/** Runs a statement, and returns its rows, if it has any. */
export type RunSql = (
  sql: string,
  values?: readonly unknown[],
) => Promise<readonly Record<string, unknown>[]>;

export function plainReads(rows: RunSql): BlogReads {
  return {
    async post(id) {
      const [post] = await rows('select * from posts where id = ?', [id]);
      if (post === undefined) return undefined;
      const [author] = await rows('select id, name from authors where id = ?', [post.authorId]);
      return { ...post, author };
    },
    posts: () => rows('select title from posts order by id'),
    countPosts: () => rows('select count(*) as c from posts'),
    author: async (id) => (await rows('SELECT a.* FROM authors AS a WHERE a.id = ?', [id]))[0],
    comments: (post) => rows('select text from comments where postId = ? order by id', [post]),
    async tag(id) {
      const [tag] = await rows('select * from tags where id = ?', [id]);
      const of =
        'select p.title from posts p, post_tags l where l.postId = p.id and l.tagId = ? order by p.id';
      return { ...tag, posts: await rows(of, [id]) };
    },
    rawAuthors: () => rows('select name from authors order by id'),
  };
}

/** Returns the writes. The dialects differ in how an insert treats a row that already exists. */
export function plainWrites(run: RunSql, dialect: 'sqlite' | 'mysql'): BlogWrites {
  const [ignore, conflict] =
    dialect === 'mysql'
      ? ['ignore', 'on duplicate key update title = values(title)']
      : ['or ignore', 'on conflict (id) do update set title = excluded.title'];
  return {
    savePost: (id, title) => run('update posts set title = ? where id = ?', [title, id]),
    createPost: (id, title) => run('insert into posts (id, title, authorId) values (?, ?, 1)', [id, title]),
    createPosts: (title) =>
      run('insert into posts (title, authorId) values (?, 1), (?, 2) returning *', [title, title]),
    removePost: (id) => run('delete from posts where id = ?', [id]),
    saveAuthor: (id, name) => run('UPDATE `authors` SET `name` = ? WHERE `id` = ?', [name, id]),
    retitlePostsOf: (author, title) => run('update posts set title = ? where authorId = ?', [title, author]),
    retitlePosts: (ids, title) =>
      run(`update posts set title = ? where id in (${ids.map(() => '?').join()})`, [title, ...ids]),
    upsertPost: (id, title) =>
      run(`insert into posts (id, title, authorId) values (?, ?, 1) ${conflict}`, [id, title]),
    countView: (id) => run('update posts set views = views + 1 where id = ?', [id]),
    addComment: (post, text) => run('insert into comments (text, postId) values (?, ?)', [text, post]),
    removeComments: (post) => run('delete from comments where postId = ?', [post]),
    link: (post, tag) => run(`insert ${ignore} into post_tags values (?, ?)`, [post, tag]),
    unlink: (post, tag) => run('delete from post_tags where postId = ? and tagId = ?', [post, tag]),
    rawRename: (author, name) =>
      run('/* by hand */ update authors set name = ? where id = ?', [name, author]),
  };
}
