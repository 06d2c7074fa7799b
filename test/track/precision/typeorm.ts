import { DataSource, EntitySchema } from 'typeorm';
import { trackTypeOrm } from '../../../src/track/typeorm/index.js';
import type { FuzzPages } from '../fuzz/pairs.js';
import { type PreciseBlog, rows, tables } from './blog.js';

interface Named {
  id: number;
  name: string;
  posts: Post[];
}
interface Post {
  id: number;
  slug: string;
  title: string;
  author: Named;
  comments: Comment[];
  tags: Named[];
}
interface Comment {
  id: number;
  text: string;
  post: Post;
}

const id = { type: 'integer', primary: true } as const;
const text = { type: 'text' } as const;
const Author = new EntitySchema<Named>({
  name: 'Author',
  tableName: 'authors',
  columns: { id, name: text },
  relations: { posts: { type: 'one-to-many', target: 'Post', inverseSide: 'author' } },
});
const Post = new EntitySchema<Post>({
  name: 'Post',
  tableName: 'posts',
  columns: { id, slug: { type: 'text', unique: true }, title: text },
  relations: {
    author: {
      type: 'many-to-one',
      target: 'Author',
      inverseSide: 'posts',
      joinColumn: { name: 'author_id' },
    },
    comments: { type: 'one-to-many', target: 'Comment', inverseSide: 'post' },
    tags: {
      type: 'many-to-many',
      target: 'Tag',
      inverseSide: 'posts',
      joinTable: {
        name: 'post_tags',
        joinColumn: { name: 'post_id' },
        inverseJoinColumn: { name: 'tag_id' },
      },
    },
  },
});
const Comment = new EntitySchema<Comment>({
  name: 'Comment',
  tableName: 'comments',
  columns: { id: { ...id, generated: true }, text },
  relations: {
    post: {
      type: 'many-to-one',
      target: 'Post',
      inverseSide: 'comments',
      joinColumn: { name: 'post_id' },
      onDelete: 'CASCADE',
    },
  },
});
const Tag = new EntitySchema<Named>({
  name: 'Tag',
  tableName: 'tags',
  columns: { id, name: text },
  relations: { posts: { type: 'many-to-many', target: 'Post', inverseSide: 'tags' } },
});

/** Opens the blog with the methods of repositories. */
export async function openTypeOrm(pages: FuzzPages): Promise<PreciseBlog> {
  const entities = [Author, Post, Comment, Tag];
  const dataSource = await new DataSource({
    type: 'better-sqlite3',
    database: ':memory:',
    entities,
  }).initialize();
  for (const statement of [...tables, ...rows()]) await dataSource.query(statement);
  trackTypeOrm(dataSource, pages);
  const [authors, posts] = [dataSource.getRepository(Author), dataSource.getRepository(Post)];
  const [comments, tags] = [dataSource.getRepository(Comment), dataSource.getRepository(Tag)];
  const tagsOf = (post: number) => dataSource.createQueryBuilder().relation(Post, 'tags').of(post);
  return {
    reads: {
      start: (take) => posts.find({ relations: { author: true }, order: { id: 'DESC' }, take }),
      archive: () => posts.find({ order: { id: 'ASC' } }),
      author: (key) => authors.findOne({ where: { id: key }, relations: { posts: true } }),
      tags: () => tags.find({ order: { id: 'ASC' } }),
      tag: (key) => tags.findOne({ where: { id: key }, relations: { posts: true } }),
      post: (key) =>
        posts.findOne({
          where: { slug: `slug-${key}` },
          relations: { author: true, comments: true, tags: true },
        }),
    },
    writes: {
      savePost: (key, title) => posts.save({ id: key, title }),
      addComment: (post, words) => comments.save({ text: words, post: { id: post } }),
      editComment: (key, words) => comments.save({ id: key, text: words }),
      removeComment: async (key) => comments.remove(await comments.findOneByOrFail({ id: key })),
      addTag: (post, tag) => tagsOf(post).add(tag),
      removeTag: (post, tag) => tagsOf(post).remove(tag),
      createPost: (key, author, tag) =>
        posts.save({
          id: key,
          slug: `slug-${key}`,
          title: 'new',
          author: { id: author },
          tags: [{ id: tag }],
        }),
    },
    close: () => dataSource.destroy(),
  };
}
