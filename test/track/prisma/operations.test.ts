/** Operations of Prisma that the contract of adapters does not include, each with pages of every kind. */
import { AsyncResource } from 'node:async_hooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { composeSite } from '../../../src/site.js';
import { trackPrisma } from '../../../src/track/prisma/index.js';
import { blogRows } from '../../contract/models.js';
import { installedPostgres, usePostgres } from '../../helpers/databases/postgres.js';
import {
  openPostgres,
  openSqlite,
  type Prisma,
  type Query,
  sqliteFileIn,
} from '../../helpers/databases/prisma.js';
import { fillSqlite } from '../../helpers/databases/sqlite-file.js';
import { type Site, startSite } from '../../helpers/site/site.js';
import { afterAllTests, type Cleanup, temporaryFolder } from '../../helpers/temporary.js';

/** With these headers the app answers, whatever is stored. */
const LIVE = { headers: { cookie: 'sid=1' } };
/** With these headers a response shows whether a page is stored, but is not stored itself. */
const LOOK = { headers: { cookie: 'unknown=1' } };
const byId = { orderBy: { id: 'asc' } } as const;

const reads: Readonly<Record<string, (prisma: Prisma) => Promise<unknown>>> = {
  '/posts/1': ({ post }) => post.findUnique({ where: { id: 1 }, include: { author: true } }),
  '/posts/2': ({ post }) => post.findFirst({ where: { id: { equals: 2 } } }),
  '/posts/1-and-2': ({ post }) => post.findMany({ where: { id: { in: [1, 2] } }, ...byId }),
  '/posts/missing': ({ post }) => post.findUniqueOrThrow({ where: { id: 77 } }).catch(() => 'none'),
  '/posts/1/raw': (prisma) => prisma.$queryRaw`select * from posts where id = ${1}`,
  '/posts/1/author': ({ post }) => fluent(post.findUnique({ where: { id: 1 } }), 'author'),
  '/posts/1/author/posts': ({ post }) =>
    fluent(fluent(post.findUnique({ where: { id: 1 } }), 'author'), 'posts'),
  '/posts/labelled': ({ post }) => post.findMany({ where: { labels: { some: { slug: 'a' } } }, ...byId }),
  '/posts/of-author-1': ({ post }) => post.findMany({ where: { author: { is: { name: 'author 1' } } } }),
  '/posts/by-author': ({ post }) => post.findMany({ orderBy: [{ author: { name: 'asc' } }, { id: 'asc' }] }),
  '/posts/grouped': ({ post }) =>
    post.groupBy({ by: ['authorId'], _count: true, orderBy: { authorId: 'asc' } }),
  '/posts/last': ({ post }) => post.aggregate({ _max: { title: true } }),
  '/authors/1/posts': ({ author }) => fluent(author.findUnique({ where: { id: 1 } }), 'posts'),
  '/authors/1/titles': ({ author }) =>
    author.findUnique({ where: { id: 1 }, select: { posts: { select: { title: true }, ...byId } } }),
  '/authors/1/profile': ({ author }) => author.findUnique({ where: { id: 1 }, include: { profile: true } }),
  '/authors/counted': ({ author }) =>
    author.findMany({ select: { _count: { select: { posts: true } } }, ...byId }),
  '/profiles': ({ profile }) => profile.findMany({ include: { author: true }, ...byId }),
  '/labels/a': ({ label }) => label.findUnique({ where: { slug: 'a' }, include: { posts: byId } }),
  '/labels': ({ label }) => label.findMany({ include: { _count: true }, orderBy: { slug: 'asc' } }),
  '/tags': ({ tag }) => tag.findMany(byId),
  '/comments/1': ({ comment }) =>
    comment.findUnique({ where: { id: 1 }, include: { post: { include: { author: true } } } }),
};
const PATHS = Object.keys(reads);

/** Writes, by the name of the operation or by what is special about it. */
const writes: Readonly<Record<string, (prisma: Prisma) => Promise<unknown>>> = {
  'connect to a label': ({ post }) => updated(post, { labels: { connect: [{ slug: 'a' }] } }, 3),
  'connect from a label': ({ label }) => relabelled(label, { posts: { connect: { id: 3 } } }),
  'disconnect from a label': ({ label }) => relabelled(label, { posts: { disconnect: [{ id: 1 }] } }),
  'disconnect of a label': ({ post }) => updated(post, { labels: { disconnect: { slug: 'a' } } }),
  'set of a label': ({ label }) => relabelled(label, { posts: { set: [{ id: 2 }, { id: 3 }] } }),
  'another key, which is a number': ({ comment }) => updated(comment, { id: 100 }),
  'another key': ({ label }) => relabelled(label, { slug: 'z' }),
  'a link by SQL': (prisma) => prisma.$executeRawUnsafe(`insert into "_LabelToPost" values ('a', 3)`),
  'create within an update': ({ author }) => updated(author, { posts: { create: { title: 'new' } } }),
  'createMany within an update': ({ author }) =>
    updated(author, { posts: { createMany: { data: [{ title: 'new' }, { title: 'newer' }] } } }),
  'create with what it belongs to': ({ comment }) =>
    comment.create({
      data: { text: 'new', post: { create: { title: 'z', author: { connectOrCreate: ofAuthor(1) } } } },
    }),
  'connect of a post to another author': ({ author }) =>
    updated(author, { posts: { connect: { id: 1 } } }, 2),
  'connect to another author': ({ post }) => updated(post, { author: { connect: { id: 2 } } }),
  'connectOrCreate that creates': ({ post }) => updated(post, { author: { connectOrCreate: ofAuthor(50) } }),
  'update within an update': ({ author }) =>
    updated(author, { posts: { update: { where: { id: 1 }, data: { title: 'new' } } } }),
  'update of what it belongs to': ({ comment }) =>
    updated(comment, { post: { update: { author: { update: { data: { name: 'new' } } } } } }),
  'updateMany within an update': ({ author }) =>
    updated(author, { posts: { updateMany: { where: { views: 0 }, data: { title: 'new' } } } }),
  'upsert within an update': ({ author }) =>
    updated(author, {
      posts: { upsert: { where: { id: 77 }, create: { title: 'new' }, update: { title: 'newer' } } },
    }),
  'delete within an update': ({ author }) => updated(author, { posts: { delete: { id: 1 } } }),
  'deleteMany within an update': ({ author }) => updated(author, { posts: { deleteMany: {} } }),
  'a new profile': ({ author }) => updated(author, { profile: { create: { text: 'new' } } }, 2),
  'another profile': ({ author }) => updated(author, { profile: { connect: { id: 2 } } }),
  'no profile': ({ author }) => updated(author, { profile: { disconnect: true } }),
  'another author of a profile': ({ profile }) => updated(profile, { author: { connect: { id: 1 } } }, 2),
  'an upsert of a profile': ({ author }) =>
    updated(author, { profile: { upsert: { create: { text: 'new' }, update: { text: 'newer' } } } }),
  'delete of a profile': ({ author }) => updated(author, { profile: { delete: true } }),
  'delete of an author, which its profile survives': ({ author }) => author.delete({ where: { id: 9 } }),
  'delete of a post, with its comments': ({ post }) => post.delete({ where: { id: 1 } }),
  'createManyAndReturn without keys': ({ post }) =>
    post.createManyAndReturn({ data: [{ title: 'z', authorId: 1 }], select: { title: true } }),
  'updateManyAndReturn by a condition': ({ post }) =>
    post.updateManyAndReturn({ where: { authorId: 1 }, data: { title: 'z' } }),
  'updateManyAndReturn without keys': ({ post }) =>
    post.updateManyAndReturn({ where: { authorId: 1 }, data: { title: 'z' }, select: { views: true } }),
  'update by another unique field': ({ profile }) =>
    profile.update({ where: { authorId: 1 }, data: { text: 'new' }, select: { text: true } }),
  'an update that goes on to the author': ({ post }) =>
    fluent(post.update({ where: { id: 1 }, data: { title: 'new' } }), 'author'),
  'an upsert that creates with another key': ({ post }) =>
    post.upsert({ where: { id: 50 }, create: { title: 'z', authorId: 1 }, update: {} }),
  'an update that returns, by SQL': (prisma) =>
    prisma.$queryRaw`update posts set title = ${'new'} where id = ${1} returning id`,
  'a deletion by SQL, with what cascades': (prisma) =>
    prisma.$executeRawUnsafe('delete from posts where id = ?', 1),
  'a batch': (prisma) =>
    prisma.$transaction([updated(prisma.post, { title: 'new' }, 2), updated(prisma.author, { name: 'new' })]),
};

function updated(model: Prisma['post'], data: object, id = 1): Query {
  return model.update({ where: { id }, data });
}

function relabelled(label: Prisma['label'], data: object): Query {
  return label.update({ where: { slug: 'a' }, data });
}

function ofAuthor(id: number) {
  return { where: { id }, create: { name: `created ${id}` } };
}

function fluent(query: Query, relation: string): Query {
  const next = query[relation];
  if (next === undefined) throw new Error(`The fluent API has no ${relation}`);
  return next();
}

const SIZE = { posts: 4, authors: 3 };
const FURTHER_ROWS = [
  `insert into authors (id, name) values (9, 'author 9')`,
  `insert into labels values ('a'), ('b')`,
  `insert into "_LabelToPost" values ('a', 1), ('a', 2), ('b', 2)`,
  `insert into profiles (id, text, "authorId") values (1, 'one', 1), (2, 'two', null), (9, 'nine', 9)`,
];
/** A table comes after the tables whose rows refer to it. */
const TABLES = ['"_LabelToPost"', 'labels', 'profiles', 'post_tags', 'comments', 'posts', 'tags', 'authors'];

/** Restores the initial rows, so that no tracker sees it. */
function restore(folder: string): void {
  const emptied = [...TABLES, 'sqlite_sequence'].map((table) => `delete from ${table}`);
  fillSqlite(sqliteFileIn(folder), [...emptied, ...blogRows(SIZE), ...FURTHER_ROWS]);
}

interface StartOptions {
  readonly extend?: (prisma: Prisma) => Prisma;
  readonly atEnd?: (cleanup: Cleanup) => void;
}

async function start({ extend = (prisma) => prisma, atEnd = onTestFinished }: StartOptions = {}) {
  const folder = await temporaryFolder(atEnd);
  const base = await openSqlite(SIZE, folder);
  for (const sql of FURTHER_ROWS) await base.$executeRawUnsafe(sql);
  let prisma: Prisma | undefined;
  const site = await startSite(
    (app, pages) => {
      prisma = trackPrisma(extend(base), pages);
      const bodyOf = async (path: string) => {
        if (prisma === undefined) throw new Error('not tracked yet');
        return JSON.stringify(await reads[path]?.(prisma), text) ?? 'null';
      };
      for (const path of PATHS)
        app.get(path, async (_request, response) => response.type('html').send(await bodyOf(path)));
      // Renders every page now, all in one response.
      app.get('/live', async (_request, response) => {
        const bodies: Record<string, string> = {};
        for (const path of PATHS) bodies[path] = await bodyOf(path);
        response.json(bodies);
      });
    },
    { atEnd },
  );
  atEnd(() => base.$disconnect());
  if (prisma === undefined) throw new Error('not tracked');
  for (const path of PATHS) expect((await site.visit(path)).outcome, path).toBe('stored');
  return { site, prisma, folder };
}

function text(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

async function gone(site: Site): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const path of PATHS) if (!(await site.request(path, LOOK)).cache.endsWith('hit')) paths.push(path);
  return paths;
}

async function bodies(site: Site): Promise<ReadonlyMap<string, string>> {
  const { body } = await site.request('/live', LIVE);
  return new Map(Object.entries(JSON.parse(body) as Readonly<Record<string, string>>));
}

describe('every page that it changes is deleted by', () => {
  const atEnd = afterAllTests();
  const startShared = async () => {
    const started = await start({ atEnd });
    const { webRoot } = started.site;
    const peek = composeSite({ webRoot, urls: [/^\//], logger: false }, { makesPages: false });
    atEnd(() => peek.close());
    return { ...started, ledger: peek.ledger, before: await bodies(started.site) };
  };
  let shared: Awaited<ReturnType<typeof startShared>> | undefined;

  test.each(Object.entries(writes))('%s', async (_, write) => {
    const started = shared ?? (await startShared());
    // A test that fails leaves a different state, so its site is not used again.
    shared = undefined;
    const { site, prisma, folder, ledger, before } = started;
    await write(prisma);
    const stored = new Set([...ledger.pages()].map(({ path }) => path));
    const deleted = PATHS.filter((path) => !stored.has(path));
    const after = await bodies(site);
    const changed = PATHS.filter((path) => before.get(path) !== after.get(path));
    expect(changed).not.toEqual([]);
    expect(deleted).toEqual(expect.arrayContaining(changed));
    // An operation that is not understood would count as one of all models.
    expect(deleted).not.toContain('/tags');
    // The pages that were not deleted are right with the initial rows too.
    restore(folder);
    for (const path of deleted) expect(await site.ask(path), path).toBe('stored');
    shared = started;
  });
});

test('a change of one row leaves the pages that read others by their keys', async () => {
  const { site, prisma } = await start();
  await updated(prisma.post, { title: 'new' }, 3);
  const deleted = await gone(site);
  for (const path of [
    '/posts/1',
    '/posts/2',
    '/posts/1-and-2',
    '/posts/1/raw',
    '/posts/1/author',
    '/comments/1',
  ])
    expect(deleted, path).not.toContain(path);
  for (const path of ['/posts/missing', '/posts/last', '/labels/a']) expect(deleted).toContain(path);
});

test('a client that was extended before is followed, and keeps its extensions', async () => {
  const operations: unknown[] = [];
  const query = {
    $allOperations({ operation, args, query: next }: Readonly<Record<'operation' | 'args', unknown>> & Next) {
      operations.push(operation);
      return next(args);
    },
  };
  const { site, prisma } = await start({ extend: (base) => base.$extends({ query }) });
  operations.length = 0;
  await prisma.$transaction(async (transaction) => {
    await updated(transaction.post, { title: 'new' }, 3);
    expect(await gone(site)).toEqual([]);
  });
  expect(operations).toContain('update');
  expect(await gone(site)).toContain('/posts/last');
});

test('what is no client of Prisma 7 is refused, by its version and no more', async () => {
  await startSite((_app, pages) => {
    for (const wrong of [undefined, {}, { $extends: () => undefined, $transaction: () => undefined }])
      expect(() => trackPrisma(wrong as unknown as Prisma, pages)).toThrow(
        expect.objectContaining({
          code: 'ERR_OPTIONS',
          message: expect.stringContaining('a client of Prisma 7'),
        }),
      );
    const older = { _clientVersion: '6.19.0', password: 'secret' };
    expect(() => trackPrisma(older as unknown as Prisma, pages)).toThrow(/got "6\.19\.0" \(string\)$/);
  });
});

interface Next {
  query(args: unknown): Promise<unknown>;
}

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();

  async function open(): Promise<{ readonly site: Site; readonly prisma: Prisma }> {
    const base = await openPostgres(await server.createDatabase(), { posts: 4, authors: 3 });
    onTestFinished(() => base.$disconnect());
    let tracked: Prisma | undefined;
    const site = await startSite((app, pages) => {
      const prisma = trackPrisma(base, pages);
      tracked = prisma;
      app.get('/:id', async (request, response) => {
        const post = await prisma.post.findUnique({ where: { id: Number(request.params.id) } });
        response.type('html').send(JSON.stringify(post));
      });
    });
    if (tracked === undefined) throw new Error('not tracked');
    for (const path of ['/1', '/2']) expect((await site.visit(path)).outcome).toBe('stored');
    return { site, prisma: tracked };
  }

  const isStored = async (site: Site, path: string) => (await site.request(path, LOOK)).cache.endsWith('hit');

  test('what is written beside a transaction counts at once, what another context writes in it with it', async () => {
    const { site, prisma } = await open();
    const elsewhere = new AsyncResource('another context');
    await prisma.$transaction(async (transaction) => {
      await updated(prisma.post, { title: 'beside' }, 1);
      expect(await isStored(site, '/1')).toBe(false);
      await elsewhere.runInAsyncScope(async () => await updated(transaction.post, { title: 'within' }, 2));
      expect(await isStored(site, '/2')).toBe(true);
    });
    expect(await isStored(site, '/2')).toBe(false);
  });

  test('what is written behind a commit by hand counts at once, although the transaction is given up', async () => {
    const { site, prisma } = await open();
    const work = prisma.$transaction(async (transaction) => {
      await updated(transaction.post, { title: 'kept' }, 1);
      expect(await isStored(site, '/1')).toBe(true);
      await transaction.$executeRawUnsafe('/* by hand */ commit');
      expect(await isStored(site, '/1')).toBe(false);
      await updated(transaction.post, { title: 'kept' }, 2);
      expect(await isStored(site, '/2')).toBe(false);
      throw new Error('given up');
    });
    await expect(work).rejects.toThrow('given up');
    for (const path of ['/1', '/2']) expect((await site.request(path)).body).toContain('kept');
  });

  test('what a transaction has begun and not waited for leaves no stale page, in time or too late', async () => {
    const { site, prisma } = await open();
    let begun: Promise<unknown> | undefined;
    await prisma.$transaction(async (transaction) => {
      begun = updated(transaction.post, { title: 'begun' }, 1).then(
        () => 'written',
        () => 'too late',
      );
    });
    const isWritten = (await begun) === 'written';
    expect(await isStored(site, '/1')).toBe(false);
    expect((await site.request('/1', LIVE)).body.includes('begun')).toBe(isWritten);
  });
});
