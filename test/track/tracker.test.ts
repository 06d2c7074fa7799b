import { EventEmitter } from 'node:events';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { composeSite } from '../../src/site.js';
import type { TrackOptions } from '../../src/track/options.js';
import type { Tracker } from '../../src/track/tracker.js';
import { RecordingLogger } from '../helpers/recording-logger.js';
import { type Site, startSite } from '../helpers/site/site.js';

const PATHS = ['/post/1', '/post/2', '/posts', '/author/1', '/plain', '/hidden'];

class Post {
  readonly slug: string;
  constructor(slug: string) {
    this.slug = slug;
  }
}

/** Starts a site whose pages tell the tracker what they read. All its pages are stored. */
async function trackedSite(options: TrackOptions = {}): Promise<Site & { readonly tracker: Tracker }> {
  let tracker: Tracker | undefined;
  const site = await startSite((app, pages) => {
    const own = pages.track(options);
    tracker = own;
    app.get('/post/:id', async (request, response) => {
      await nextTurn();
      own.read('Post', request.params.id);
      response.send('post');
    });
    app.get('/posts', async (_request, response) => {
      await nextTurn();
      own.read('Post');
      response.send('posts');
    });
    app.get('/author/:id', (request, response) => {
      own.read('Author', Number(request.params.id));
      response.send('author');
    });
    app.get('/hidden', async (_request, response) => {
      await pages.untracked(async () => {
        await nextTurn();
        own.read('Post', 1);
        pages.tag('own');
      });
      response.send('hidden');
    });
    app.get('/plain', (_request, response) => void response.send('plain'));
  });
  for (const path of PATHS) expect((await site.visit(path)).outcome).toBe('stored');
  if (tracker === undefined) throw new Error('no tracker');
  return { ...site, tracker };
}

/** Returns the pages that are no longer stored. */
async function gone({ request }: Site): Promise<string[]> {
  const found: string[] = [];
  for (const path of PATHS) {
    const { cache } = await request(path, { headers: { cookie: 'unknown=1' } });
    if (!cache.endsWith('hit')) found.push(path);
  }
  return found;
}

const POSTS = ['/post/1', '/post/2', '/posts'];

test('what may have been committed is deleted at once, and again at the end of its transaction', async () => {
  const site = await trackedSite();
  const transaction = {};
  site.tracker.defer(transaction, { entity: 'Post', id: 1, action: 'update' });
  await site.tracker.flush(transaction);
  expect(await gone(site)).toEqual(['/post/1', '/posts']);
  for (const path of ['/post/1', '/posts']) expect((await site.visit(path)).outcome).toBe('stored');
  await site.tracker.commit(transaction);
  expect(await gone(site)).toEqual(['/post/1', '/posts']);
});

describe('a change deletes', () => {
  test.each<[string, Parameters<Tracker['changed']>[0], string[]]>([
    [
      'the page of the row, and the lists',
      { entity: 'Post', id: 1, action: 'update' },
      ['/post/1', '/posts'],
    ],
    ['the lists, of a row that is new', { entity: 'Post', action: 'create' }, ['/posts']],
    ['all that read any row, where it is not known which', { entity: 'Post', action: 'update' }, POSTS],
    ['nothing, of a model that no page read', { entity: 'Comment', id: 1, action: 'delete' }, []],
    [
      'what several changes concern',
      [
        { entity: 'Post', id: '2', action: 'delete' },
        { entity: 'Author', id: 1n, action: 'update' },
      ],
      ['/post/2', '/posts', '/author/1'],
    ],
  ])('%s', async (_name, changes, expected) => {
    const site = await trackedSite();
    await site.tracker.changed(changes);
    expect(await gone(site)).toEqual(expected);
  });

  test('what a cascade reaches, by way of others too', async () => {
    const site = await trackedSite({ cascades: { Site: ['Blog'], Blog: ['Post'] } });
    await site.tracker.changed({ entity: 'Site', id: 1, action: 'update' });
    expect(await gone(site)).toEqual([]);
    await site.tracker.changed({ entity: 'Site', id: 1, action: 'delete' });
    expect(await gone(site)).toEqual(POSTS);
  });

  test('the pages that `urls` gives for the record, beside the tags', async () => {
    const site = await trackedSite({ urls: { Author: (post: Post) => ['/plain', `/${post.slug}`] } });
    await site.tracker.changed({ entity: 'Author', id: 9, action: 'update', record: new Post('posts') });
    expect(await gone(site)).toEqual(['/posts', '/plain']);
  });

  test('those of them that can be pages, and tells nobody of a failure', async () => {
    const failures: unknown[] = [];
    const site = await trackedSite({
      urls: { Author: () => ['/100%', '/plain', '/a%2Fb'] },
      onError: (error) => failures.push(error),
    });
    await site.tracker.changed({ entity: 'Author', id: 9, action: 'update', record: new Post('posts') });
    expect(await gone(site)).toEqual(['/plain']);
    expect(failures).toEqual([]);
    const told = site.logger.lines.find(({ message }) => message === 'no page can have these paths');
    expect(told?.fields).toEqual({ paths: ['/100%', '/a%2Fb'] });
  });

  test('more rows than are worth an entry each, as any of them', async () => {
    const site = await trackedSite();
    const changes = Array.from(
      { length: 600 },
      (_, id) => ({ entity: 'Post', id, action: 'update' }) as const,
    );
    await site.tracker.changed(changes);
    expect(await gone(site)).toEqual(POSTS);
    const deletion = site.logger.lines.findLast(({ message }) => message === 'pages deleted');
    expect(deletion?.fields).toMatchObject({ selectors: ['tag post:*'] });
  });
});

test('what is untracked does not count, and a tag given there does', async () => {
  const site = await trackedSite();
  await site.tracker.changed({ entity: 'Post', action: 'unknown' });
  expect(await gone(site)).not.toContain('/hidden');
  await site.pages.quickDelete({ tag: 'own' });
  expect(await gone(site)).toContain('/hidden');
});

test('an untracked query that begins when it is awaited is begun within', async () => {
  let tracker: Tracker | undefined;
  const site = await startSite((app, pages) => {
    const own = pages.track();
    tracker = own;
    const lazy = () => ({
      // biome-ignore lint/suspicious/noThenProperty: so do query builders
      then: (resolve: (value: string) => void) => {
        own.read('Post', 1);
        resolve('row');
      },
    });
    app.get('/', async (_request, response) => void response.send(await pages.untracked(lazy)));
  });
  expect(await site.visit('/')).toMatchObject({ body: 'row', outcome: 'stored' });
  await tracker?.changed({ entity: 'Post', action: 'unknown' });
  expect((await site.request('/')).cache).toMatch(/hit$/);
});

describe('a transaction', () => {
  test('deletes nothing before its commit, and then all at once', async () => {
    const site = await trackedSite();
    const transaction = {};
    expect(site.tracker.defer(transaction, { entity: 'Post', id: 1, action: 'update' })).toBe(true);
    expect(site.tracker.defer(transaction, { entity: 'Author', id: 1, action: 'update' })).toBe(false);
    expect(await gone(site)).toEqual([]);
    await site.tracker.commit(transaction);
    expect(await gone(site)).toEqual(['/post/1', '/posts', '/author/1']);
    expect(site.logger.lines.filter(({ message }) => message === 'pages deleted')).toHaveLength(1);
  });

  test('that is rolled back deletes nothing', async () => {
    const site = await trackedSite();
    const transaction = {};
    site.tracker.defer(transaction, { entity: 'Post', id: 1, action: 'update' });
    site.tracker.forget(transaction);
    await site.tracker.commit(transaction);
    expect(await gone(site)).toEqual([]);
  });
});

test('changes that come while pages are being deleted go into one deletion', async () => {
  const site = await trackedSite();
  const ids = [1, 2, 3, 4, 5, 6, 7, 8];
  const first = site.tracker.changed({ entity: 'Author', id: 1, action: 'update' });
  await nextTurn();
  await Promise.all([
    first,
    ...ids.map((id) => site.tracker.changed({ entity: 'Post', id, action: 'update' })),
  ]);
  const { length } = site.logger.lines.filter(({ message }) => message === 'pages deleted');
  // The first deletion has begun. A second one may begin before the other changes arrive.
  expect([2, 3]).toContain(length);
});

describe('options', () => {
  test('`ignore`, `entities` and `name` are asked', async () => {
    const site = await trackedSite({
      ignore: ({ fields }) => fields?.join() === 'views',
      entities: ['Post'],
      name: (model) => `my-${model}`,
    });
    await site.tracker.changed({ entity: 'Post', id: 1, action: 'update', fields: ['views'] });
    await site.tracker.changed({ entity: 'Author', id: 1, action: 'update' });
    expect(await gone(site)).toEqual([]);
    await site.pages.quickDelete({ tag: 'my-Post:1' });
    expect(await gone(site)).toEqual(['/post/1']);
  });

  test('wrong ones are refused, all at once', async () => {
    const wrong = { entities: 'Post', urls: { Post: '/' }, ignore: true, ids: { Post: 1 }, unknown: 1 };
    await startSite((_app, pages) => {
      const track = () => pages.track(wrong as unknown as TrackOptions);
      expect(track).toThrow(expect.objectContaining({ code: 'ERR_OPTIONS' }));
      expect(track).toThrow(/unknown.+ignore.+entities.+urls.+ids/s);
    });
  });
});

describe('a failure', () => {
  test('of `ignore` counts as a change, one of `urls` leaves the tags; both are told, and nothing rejects', async () => {
    const errors: unknown[] = [];
    const fail = () => {
      throw new Error('mine');
    };
    const site = await trackedSite({
      ignore: fail,
      urls: { Post: fail },
      onError: (error) => errors.push(error),
    });
    await site.tracker.changed({ entity: 'Post', id: 1, action: 'update', record: {} });
    expect(await gone(site)).toEqual(['/post/1', '/posts']);
    expect(errors).toHaveLength(2);
  });

  test('of `name` deletes everything, and keeps the page that it concerns from being stored', async () => {
    let fails = false;
    const name = () => {
      if (fails) throw new Error('mine');
      return 'post';
    };
    const site = await trackedSite({
      name,
      onError: () => {
        throw new Error('again');
      },
    });
    fails = true;
    await site.tracker.changed({ entity: 'Author', id: 1, action: 'update' });
    expect(await gone(site)).toEqual(PATHS);
    expect((await site.visit('/post/1')).outcome).toBe('skipped');
  });

  test('to delete is told, resolves, and is tried again with the next change', async () => {
    const errors: unknown[] = [];
    const site = await trackedSite({ onError: (error) => errors.push(error) });
    const obstacle = join(site.webRoot, 'author', '1.page.html.gz');
    await mkdir(obstacle);
    await site.tracker.changed({ entity: 'Author', id: 1, action: 'update' });
    expect(errors).toMatchObject([{ code: 'ERR_DELETE_FAILED' }]);
    await rmdir(obstacle);
    await site.tracker.changed({ entity: 'Other', id: 1, action: 'update' });
    expect(errors).toHaveLength(1);
    const lines = site.logger.lines.map(({ message }) => message);
    expect(lines).toContain('pages of changed records could not be deleted');
    expect(lines).toContain('works again after a fault');
    expect(await gone(site)).toContain('/author/1');
  });
});

describe('what is intended', () => {
  const post = { entity: 'Post', id: 1, action: 'update' } as const;
  const TAGS_OF_POST = ['post:1', 'post', 'post?*'];

  /** Composes a second process of the site, which opens the same ledger. */
  function livingSite({ webRoot }: Site) {
    const logger = new RecordingLogger();
    const other = composeSite({ webRoot, urls: [/^\//], logger }, { makesPages: false });
    onTestFinished(() => other.close());
    return other;
  }

  test('is settled by its commit, and by a rollback', async () => {
    const site = await trackedSite();
    const other = livingSite(site);
    const [committed, rolledBack] = [{}, {}];
    for (const transaction of [committed, rolledBack]) {
      site.tracker.defer(transaction, post);
      expect(site.tracker.intend(transaction)).toBeUndefined();
    }
    expect(other.ledger.intended().entries).toHaveLength(2 * TAGS_OF_POST.length);
    await site.tracker.commit(committed);
    expect(other.ledger.intended().entries).toHaveLength(TAGS_OF_POST.length);
    expect(await gone(site)).toEqual(['/post/1', '/posts']);
    site.tracker.forget(rolledBack);
    expect(other.ledger.intended().entries).toEqual([]);
  });

  test('without waiting for it is noted before it returns', async () => {
    const site = await trackedSite();
    const other = livingSite(site);
    const transaction = {};
    site.tracker.intendNow(transaction);
    site.tracker.defer(transaction, post);
    site.tracker.intendNow(transaction);
    expect(other.ledger.intended().entries).toHaveLength(TAGS_OF_POST.length);
    await site.tracker.commit(transaction);
    expect(other.ledger.intended().entries).toEqual([]);
  });

  test('stays until the end when what may be committed already is deleted, once', async () => {
    const site = await trackedSite();
    const other = livingSite(site);
    const transaction = {};
    site.tracker.defer(transaction, post);
    for (let count = 1; count <= 3; count += 1) {
      site.tracker.intend(transaction);
      await site.tracker.flush(transaction);
      expect(other.ledger.intended().entries).toHaveLength(TAGS_OF_POST.length);
    }
    expect(await gone(site)).toEqual(['/post/1', '/posts']);
    await site.tracker.commit(transaction);
    expect(other.ledger.intended().entries).toEqual([]);
  });

  test('of a statement is settled with the transaction that has turned out to be around it', async () => {
    const site = await trackedSite();
    const other = livingSite(site);
    const [transaction, statement] = [{}, {}];
    site.tracker.defer(statement, post);
    site.tracker.intend(statement);
    site.tracker.defer(transaction, post);
    site.tracker.adopt(transaction, statement);
    await site.tracker.commit(statement);
    expect(other.ledger.intended().entries).toHaveLength(TAGS_OF_POST.length);
    await site.tracker.commit(transaction);
    expect(other.ledger.intended().entries).toEqual([]);
  });

  test('is nothing where nothing was changed, or nothing that is tracked', async () => {
    const site = await trackedSite({ entities: ['Author'] });
    const other = livingSite(site);
    site.tracker.intend({});
    const transaction = {};
    site.tracker.defer(transaction, post);
    site.tracker.intend(transaction);
    expect(other.ledger.intended().entries).toEqual([]);
  });

  test('holds what `urls` names, and all pages where a change is not understood', async () => {
    const site = await trackedSite({ urls: { Author: () => '/plain' } });
    const other = livingSite(site);
    const [named, unclear] = [{}, {}];
    site.tracker.defer(named, { entity: 'Author', id: 9, action: 'update', record: {} });
    await site.tracker.intend(named);
    expect(other.ledger.intended().entries.map(({ selector }) => selector)).toContainEqual({
      kind: 'path',
      value: '/plain',
    });
    site.tracker.deferAnything(unclear, 'a test');
    site.tracker.intend(unclear);
    expect(other.ledger.intended().entries.at(-1)?.selector).toEqual({ kind: 'all' });
  });

  test('and left behind is deleted by a process that starts, and by one that sees it twice', async () => {
    const site = await trackedSite();
    const transaction = {};
    site.tracker.defer(transaction, post);
    site.tracker.intend(transaction);
    const other = livingSite(site);
    await other.intents.takeOverAbandoned();
    expect(await gone(site)).toEqual([]);
    await other.intents.takeOverAbandoned();
    expect(await gone(site)).toEqual(['/post/1', '/posts']);
    // The intent stays until the database can no longer carry out the change. A process that starts before then deletes
    // again.
    for (const path of ['/post/1', '/posts']) expect((await site.visit(path)).outcome).toBe('stored');
    await livingSite(site).intents.takeOver();
    expect(await gone(site)).toEqual(['/post/1', '/posts']);
  });

  test('whose answer is lost is deleted now, and again when its connection says so', async () => {
    const site = await trackedSite();
    const connection = new EventEmitter();
    const transaction = {};
    site.tracker.defer(transaction, post);
    site.tracker.intend(transaction);
    await site.tracker.lost(transaction, connection);
    expect(await gone(site)).toEqual(['/post/1', '/posts']);
    expect((await site.visit('/post/1')).outcome).toBe('stored');
    const from = site.logger.lines.length;
    connection.emit('drain');
    await site.logger.waitFor(({ message }) => message === 'pages deleted', from);
    expect(await gone(site)).toContain('/post/1');
  });
});

test('after detach() nothing counts', async () => {
  const site = await trackedSite();
  const transaction = {};
  site.tracker.defer(transaction, { entity: 'Post', id: 1, action: 'update' });
  site.tracker.detach();
  await site.tracker.commit(transaction);
  await site.tracker.changed({ entity: 'Post', id: 1, action: 'update' });
  await site.tracker.changedAnything('a test');
  expect(await gone(site)).toEqual([]);
});

test('when changes may have been missed, every page is deleted', async () => {
  const site = await trackedSite();
  await site.tracker.changedAnything('the connection was lost');
  expect(await gone(site)).toEqual(PATHS);
});

test('quickDelete knows the classes that a tracker provides, and their records by address or by `urls`', async () => {
  const site = await trackedSite({ urls: { Post: ({ slug }: Post) => `/post/${slug}` } });
  class Author {
    getAbsoluteUrl = () => '/author/1';
  }
  const records = (model: object) => (model === Post ? [new Post('1'), new Post('2')] : [new Author()]);
  site.tracker.provideModels({
    nameOf: (model) => (model === Post || model === Author ? (model as typeof Post).name : undefined),
    records: async function* (model) {
      yield* records(model);
    },
  });
  await site.pages.quickDelete(Post as never, [Author as never]);
  expect(await gone(site)).toEqual(['/post/1', '/post/2', '/author/1']);
  await expect(site.pages.quickDelete(class Other {} as never)).rejects.toMatchObject({
    code: 'ERR_BAD_TARGET',
  });
  site.tracker.detach();
  await expect(site.pages.quickDelete(Post as never)).rejects.toMatchObject({ code: 'ERR_BAD_TARGET' });
});

test('a model whose records have no address is named, with what would give them one', async () => {
  const site = await trackedSite();
  class Post {}
  site.tracker.provideModels({
    nameOf: (model) => (model === Post ? 'Post' : undefined),
    records: async function* () {
      yield { id: 1, title: 'a row' };
    },
  });
  await expect(site.pages.quickDelete(Post as never)).rejects.toMatchObject({
    code: 'ERR_BAD_TARGET',
    fields: { target: 'Post' },
    message:
      'Bad target Post: its records have no getAbsoluteUrl(). Give them one, or set the option `urls: { Post: (record) => … }`, or name the pages that read it: { tag: "post:*" }',
  });
  await site.pages.quickDelete({ tag: 'post:*' });
  expect(await gone(site)).toEqual(POSTS);
});
