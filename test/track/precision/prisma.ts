import { trackPrisma } from '../../../src/track/prisma/index.js';
import { openSqlite } from '../../helpers/databases/prisma.js';
import type { FuzzPages } from '../fuzz/pairs.js';
import { AUTHORS, POSTS, type PreciseBlog, TAGS, tagOf } from './blog.js';

const byId = { orderBy: { id: 'asc' } } as const;

/** Opens the blog with the operations of Prisma's models. These models have no slug. */
export async function openPrisma(pages: FuzzPages): Promise<PreciseBlog> {
  const plain = await openSqlite({ posts: POSTS, authors: AUTHORS });
  for (let tag = 3; tag <= TAGS; tag += 1) await plain.tag.create({ data: { id: tag, name: `tag ${tag}` } });
  await plain.postTag.deleteMany();
  for (let post = 1; post <= POSTS; post += 1) {
    await plain.postTag.create({ data: { postId: post, tagId: tagOf(post) } });
    await plain.comment.create({ data: { text: 'second', postId: post } });
  }
  const prisma = trackPrisma(plain, pages);
  const { post, author, comment, tag, postTag } = prisma;
  const links = { include: { post: true }, orderBy: { postId: 'asc' } } as const;
  return {
    reads: {
      start: (take) => post.findMany({ include: { author: true }, orderBy: { id: 'desc' }, take }),
      archive: () => post.findMany(byId),
      author: (id) => author.findUnique({ where: { id }, include: { posts: true } }),
      tags: () => tag.findMany(byId),
      tag: (id) => tag.findUnique({ where: { id }, include: { posts: links } }),
      post: (id) =>
        post.findUnique({
          where: { id },
          include: { author: true, comments: byId, tags: { include: { tag: true } } },
        }),
    },
    writes: {
      savePost: (id, title) => post.update({ where: { id }, data: { title } }),
      addComment: (postId, text) => comment.create({ data: { postId, text } }),
      editComment: (id, text) => comment.update({ where: { id }, data: { text } }),
      removeComment: (id) => comment.delete({ where: { id } }),
      addTag: (postId, tagId) => postTag.create({ data: { postId, tagId } }),
      removeTag: (postId, tagId) => postTag.delete({ where: { postId_tagId: { postId, tagId } } }),
      createPost: (id, authorId, tagId) =>
        post.create({ data: { id, title: 'new', authorId, tags: { create: { tagId } } } }),
    },
    close: () => prisma.$disconnect(),
  };
}
