import { describe } from 'vitest';
import type { StaticGenerator } from '../../../src/static-generator.js';
import type { TrackOptions } from '../../../src/track/options.js';
import { trackPrisma } from '../../../src/track/prisma/index.js';
import {
  type BlogModels,
  type BlogSize,
  type BlogTransaction,
  type BlogWrites,
  describeModels,
} from '../../contract/models.js';
import { installedMariadb, useMariadb } from '../../helpers/databases/mariadb.js';
import { installedPostgres, usePostgres } from '../../helpers/databases/postgres.js';
import {
  openMariadb,
  openPostgres,
  openSqlite,
  type Prisma,
  type PrismaTransaction,
} from '../../helpers/databases/prisma.js';

function writesOf(prisma: Omit<PrismaTransaction, '$transaction'>): BlogWrites {
  const { author, post, comment, postTag } = prisma;
  return {
    savePost: (id, title) => post.update({ where: { id }, data: { title } }),
    createPost: (id, title) => post.create({ data: { id, title, authorId: 1 } }),
    createPosts: (title) => post.createMany({ data: [1, 2].map((authorId) => ({ title, authorId })) }),
    removePost: (id) => post.delete({ where: { id } }),
    saveAuthor: (id, name) => author.update({ where: { id }, data: { name } }),
    retitlePostsOf: (authorId, title) => post.updateMany({ where: { authorId }, data: { title } }),
    retitlePosts: (ids, title) => post.updateMany({ where: { id: { in: ids } }, data: { title } }),
    upsertPost: (id, title) =>
      post.upsert({ where: { id }, create: { id, title, authorId: 1 }, update: { title } }),
    countView: (id) => post.update({ where: { id }, data: { views: { increment: 1 } } }),
    addComment: (postId, text) => comment.create({ data: { postId, text } }),
    removeComments: (postId) => comment.deleteMany({ where: { postId } }),
    link: (postId, tagId) =>
      postTag.upsert({ where: { postId_tagId: { postId, tagId } }, create: { postId, tagId }, update: {} }),
    unlink: (postId, tagId) => postTag.deleteMany({ where: { postId, tagId } }),
    rawRename: (id, name) => prisma.$executeRaw`update authors set name = ${name} where id = ${id}`,
  };
}

const tracked =
  (openDatabase: (size: BlogSize) => Promise<Prisma>) =>
  async (pages: StaticGenerator, size: BlogSize, options?: TrackOptions): Promise<BlogModels> => {
    const prisma = trackPrisma(await openDatabase(size), pages, options);
    const within = (transaction: PrismaTransaction): BlogTransaction => ({
      ...writesOf(transaction),
      nested: (work) => transaction.$transaction((inner) => work(writesOf(inner))),
    });
    return {
      reads: {
        post: (id) => prisma.post.findUnique({ where: { id }, include: { author: true } }),
        posts: () => prisma.post.findMany({ select: { title: true }, orderBy: { id: 'asc' } }),
        countPosts: () => prisma.post.count(),
        author: (id) => prisma.author.findUnique({ where: { id } }),
        comments: (postId) => prisma.comment.findMany({ where: { postId }, orderBy: { id: 'asc' } }),
        tag: (id) =>
          prisma.tag.findUnique({
            where: { id },
            include: { posts: { include: { post: true }, orderBy: { postId: 'asc' } } },
          }),
        rawAuthors: () => prisma.$queryRaw`select name from authors order by id`,
      },
      writes: writesOf(prisma),
      transaction: (work) => prisma.$transaction((inner) => work(within(inner))),
      postModel: prisma.post,
      close: () => prisma.$disconnect(),
    };
  };

describeModels('Prisma on SQLite', {
  open: tracked(openSqlite),
  precision: 'row',
  isConcurrent: false,
  isShared: true,
  deletesOnRollback: true,
});

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();
  describeModels('Prisma on PostgreSQL', {
    ...{ isBrief: true, isAgain: true },
    open: tracked(async (size) => await openPostgres(await server.createDatabase(), size)),
    precision: 'row',
    isConcurrent: true,
  });
});

describe.skipIf(installedMariadb === undefined)('with MariaDB', () => {
  const server = useMariadb();
  describeModels('Prisma on MariaDB', {
    ...{ isBrief: true, isAgain: true },
    open: tracked(async (size) => await openMariadb(await server.createDatabase(), size)),
    precision: 'row',
    isConcurrent: true,
    deletesOnRollback: true,
  });
});
