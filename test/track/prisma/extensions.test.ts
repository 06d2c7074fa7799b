/** Extensions that replace an operation with others, before and after tracking. The operations that are sent count. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { trackPrisma } from '../../../src/track/prisma/index.js';
import { openSqlite, type Prisma, type Query } from '../../helpers/databases/prisma.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { FuzzPages } from '../fuzz/pairs.js';

interface Given {
  readonly args: Readonly<Record<string, never>>;
  query(args: unknown): Promise<unknown>;
}

/** Extends a client. The extension may use the other client. */
type Extend = (client: Prisma, other: Prisma) => Prisma;

const hidden = { title: 'hidden' };
const shows = (model: 'post' | 'author' | 'comment', answer: (given: Given, client: Prisma) => unknown) =>
  ((client, other) =>
    client.$extends({ query: { [model]: { delete: (given: Given) => answer(given, other) } } })) as Extend;

/** Extensions by what they turn a deletion into, each with the tags that this changes. */
const writing: Readonly<Record<string, readonly [Extend, readonly string[]]>> = {
  'an update': [shows('post', ({ args }, { post }) => post.update({ ...args, data: hidden })), ['post:1']],
  'an update of another model': [
    shows('post', (_, { author }) => author.update({ where: { id: 2 }, data: { name: 'z' } })),
    ['author:2'],
  ],
  'an update beside the deletion': [
    shows('post', async ({ args, query }, { author }) => {
      await author.update({ where: { id: 2 }, data: { name: 'z' } });
      return await query(args);
    }),
    ['author:2', 'post:1'],
  ],
  SQL: [
    shows('post', (_, other) => other.$executeRawUnsafe(`update authors set name = 'z' where id = 2`)),
    ['author:2'],
  ],
  'a batch': [
    shows('post', ({ args }, other) =>
      other.$transaction([
        other.post.update({ ...args, data: hidden }),
        other.author.update({ where: { id: 2 }, data: { name: 'z' } }),
      ]),
    ),
    ['author:2', 'post:1'],
  ],
  'a transaction': [
    shows('post', ({ args }, other) =>
      other.$transaction(async ({ post, comment }) => {
        await comment.deleteMany({ where: { postId: 1 } });
        return await post.update({ ...args, data: hidden });
      }),
    ),
    ['comment?postid=1', 'post:1'],
  ],
  'what another extension makes of it': [
    (client, other) => {
      const inner = other.$extends({
        query: {
          comment: {
            deleteMany: () => other.author.update({ where: { id: 2 }, data: { name: 'z' } }),
          },
        },
      });
      return client.$extends({ query: { post: { delete: () => inner.comment.deleteMany({}) } } });
    },
    ['author:2'],
  ],
};

async function open(): Promise<Prisma> {
  const base = await openSqlite({ posts: 3, authors: 3 });
  onTestFinished(() => base.$disconnect());
  return base;
}

async function deletedBy(pages: FuzzPages, write: () => Query | Promise<unknown>): Promise<string[]> {
  const selectors = await pages.selectorsOf(async () => await write());
  return selectors.map((one) => ('value' in one ? one.value : 'everything'));
}

describe.each<[string, (base: Prisma, extend: Extend, pages: FuzzPages) => Prisma]>([
  ['before', (base, extend, pages) => trackPrisma(extend(base, base), pages)],
  ['after, by the client that was given', (base, extend, pages) => extend(trackPrisma(base, pages), base)],
  [
    'after, by the tracked client',
    (base, extend, pages) => {
      const tracked = trackPrisma(base, pages);
      return extend(tracked, tracked);
    },
  ],
  [
    'before and after',
    (base, extend, pages) => {
      const noted = base.$extends({ query: { $allOperations: ({ args, query }: Given) => query(args) } });
      const tracked = trackPrisma(noted, pages);
      return extend(tracked, noted);
    },
  ],
])('a client that is extended %s tracking', (_, make) => {
  test.each(Object.entries(writing))('is followed to %s', async (_name, [extend, expected]) => {
    const pages = new FuzzPages();
    const client = make(await open(), extend, pages);
    const deleted = await deletedBy(pages, () => client.post.delete({ where: { id: 1 } }));
    expect(deleted).toEqual(expect.arrayContaining([...expected]));
    // The requested operation may be reported too. Nothing else may be.
    expect(deleted.filter((tag) => /tag|everything/.test(tag))).toEqual([]);
  });

  test('has what it reads instead counted', async () => {
    const pages = new FuzzPages();
    const extend: Extend = (client, other) =>
      client.$extends({ query: { post: { findMany: () => other.comment.findMany({}) } } });
    const client = make(await open(), extend, pages);
    const { tags } = await pages.tagsOf(async () => await client.post.findMany());
    expect([...(tags ?? [])]).toContain('comment');
  });

  test('keeps a batch and a transaction whole', async () => {
    const pages = new FuzzPages();
    const client = make(await open(), (one) => one.$extends({ query: {} }), pages);
    const fails = { data: { id: 1, name: 'there already' } };
    const batch = [
      client.author.findMany(),
      client.author.create({ data: { name: 'new' } }),
      client.author.create(fails),
    ];
    await expect(client.$transaction(batch)).rejects.toThrow();
    const work = client.$transaction(async ({ author }) => {
      await author.create({ data: { name: 'new' } });
      await author.create(fails);
    });
    await expect(work).rejects.toThrow();
    expect(await client.author.count()).toBe(3);
  });
});

test('what passes by the client that was given is followed, and so is a transaction of it', async () => {
  const pages = new FuzzPages();
  const base = await open();
  trackPrisma(base, pages);
  const { tags } = await pages.tagsOf(async () => await base.post.findUnique({ where: { id: 1 } }));
  expect([...(tags ?? [])]).toContain('post:1');
  const work = () => base.$transaction(({ post }) => post.update({ where: { id: 1 }, data: hidden }));
  expect(await deletedBy(pages, work)).toContain('post:1');
});

describe('an extension that asks another client', () => {
  /** Extends a client as extensions for replicas do. */
  const replicated = (client: Prisma, replica: Prisma) =>
    client.$extends({
      query: {
        post: {
          findMany: ({ args }: Given) => replica.post.findMany(args),
          delete: ({ args }: Given) => replica.post.delete(args),
        },
      },
    });

  test.each(['before', 'after'])('keeps the page from being stored, extended %s tracking', async (when) => {
    const logger = new RecordingLogger();
    const pages = new FuzzPages(logger);
    const [base, replica] = [await open(), await open()];
    const client =
      when === 'before'
        ? trackPrisma(replicated(base, replica), pages)
        : replicated(trackPrisma(base, pages), replica);
    expect((await pages.tagsOf(async () => await client.post.findMany())).tags).toBeUndefined();
    expect(JSON.stringify(logger.lines)).toMatch(/extension.*Post\.findMany.*trackPrisma/);
    const remove = () => client.post.delete({ where: { id: 1 } });
    expect(await deletedBy(pages, remove)).toEqual(['everything']);
    // An operation that is refused changes nothing.
    const refused = client.$extends({
      query: { post: { update: () => Promise.reject(new Error('not allowed')) } },
    });
    const update = () => refused.post.update({ where: { id: 1 }, data: hidden }).catch(() => undefined);
    expect(await deletedBy(pages, update)).toEqual([]);
  });

  test('that is tracked too has its reads and changes counted', async () => {
    const pages = new FuzzPages();
    const [base, replica] = [await open(), await open()];
    trackPrisma(replica, pages);
    const client = trackPrisma(replicated(base, replica), pages);
    const { tags } = await pages.tagsOf(async () => await client.post.findMany());
    expect([...(tags ?? [])]).toContain('post');
    expect(await deletedBy(pages, () => client.post.delete({ where: { id: 1 } }))).toContain('post:1');
  });
});
