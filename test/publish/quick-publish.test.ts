import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { type Site, startSite } from '../helpers/site/site.js';

const BIG = Buffer.alloc(2 * 1024 * 1024, 'two mebibytes ');

async function publishingSite(): Promise<Site & { readonly renders: string[] }> {
  const renders: string[] = [];
  const site = await startSite(
    (app, pages) => {
      app.get('/posts/:slug', (request, response) => {
        renders.push(request.params.slug);
        pages.tag(`post:${request.params.slug}`);
        response.send(`post ${request.params.slug} ${renders.length}`);
      });
      app.get('/stream', (_request, response) => Readable.from(['a', 'b']).pipe(response.type('html')));
      app.get('/throws', () => {
        throw new Error('broken');
      });
      app.get('/never', () => site.logger.info({}, 'never ends'));
      app.get('/big', (_request, response) => Readable.from([BIG]).pipe(response.type('html')));
      app.get('/breaks', (_request, response) => response.destroy());
      app.get('/personal', (_request, response) => response.cookie('a', 'b').send('x'));
      app.get('/who', (request, response) =>
        response.send(`${request.ip?.replace(/\..*/, '')} ${request.hostname} ${request.protocol}`),
      );
      app.get('/address', (request, response) => response.send(`You come from ${request.ip}.`));
      app.use(
        (
          error: Error,
          _request: unknown,
          response: { status(code: number): { send(text: string): void } },
          _next: unknown,
        ) => response.status(500).send(error.message),
      );
    },
    { excludeUrls: [/^\/excluded/] },
  );
  return { ...site, renders };
}

test('named pages are rendered and stored, and the next visitor is served from the file', async () => {
  const site = await publishingSite();
  const report = await site.pages.quickPublish('/posts/a', { getAbsoluteUrl: () => '/posts/b' }, '/stream');
  expect(report.refused).toEqual([]);
  expect([...report.stored].sort((a, b) => a.path.localeCompare(b.path))).toEqual([
    { path: '/posts/a', file: 'posts/a.page.html', bytes: 8 },
    { path: '/posts/b', file: 'posts/b.page.html', bytes: 8 },
    { path: '/stream', file: 'stream.page.html', bytes: 2 },
  ]);
  expect((await site.request('/posts/a')).cache).toBe('staticgenerator; hit');
  expect((await site.request('/stream')).body).toBe('ab');
});

test('a stream of two mebibytes is stored whole', async () => {
  const site = await publishingSite();
  expect((await site.pages.quickPublish('/big')).stored).toMatchObject([{ path: '/big', bytes: BIG.length }]);
  expect((await site.request('/big')).bytes.equals(BIG)).toBe(true);
});

test('a page that is stored is replaced, and its tags are kept', async () => {
  const site = await publishingSite();
  await site.visit('/posts/a');
  await site.pages.quickPublish('/posts/a');
  expect((await site.request('/posts/a')).body).toBe('post a 2');
  expect((await site.pages.quickDelete({ tag: 'post:a' })).deleted).toEqual(['/posts/a']);
});

test('what may not be stored is reported with its reason, and a page that was there stays', async () => {
  const site = await publishingSite();
  const report = await site.pages.quickPublish('/missing', '/throws', '/breaks', '/personal', '/excluded');
  expect(report.stored).toEqual([]);
  expect(Object.fromEntries(report.refused.map(({ path, reason }) => [path, reason]))).toEqual({
    '/missing': 'status',
    '/throws': 'status',
    '/breaks': 'render-failed',
    '/personal': 'set-cookie',
    '/excluded': 'excluded',
  });
});

test('a synthetic request looks like one from this machine', async () => {
  const site = await publishingSite();
  await site.pages.quickPublish('/who');
  expect((await site.request('/who')).body).toBe('127 localhost http');
});

test('a page that shows the address of its visitor is noticed, though there is none', async () => {
  const site = await publishingSite();
  const { stored, refused } = await site.pages.quickPublish('/address');
  expect([stored, refused]).toMatchObject([[], [{ reason: 'echoes-request', detail: 'address' }]]);
});

test('live requests are unharmed by publications in the same process', async () => {
  const site = await publishingSite();
  const live = Array.from({ length: 30 }, (_value, index) =>
    site.request(`/posts/live-${index}`, { headers: { cookie: 'x=1' } }),
  );
  await site.pages.quickPublish(...Array.from({ length: 30 }, (_value, index) => `/posts/made-${index}`));
  for (const answer of await Promise.all(live)) expect(answer.status).toBe(200);
  expect((await site.request('/posts/afterwards', { method: 'POST', body: 'x' })).status).toBe(404);
  expect((await site.request('/posts/afterwards')).status).toBe(200);
});

test('a slow render from before a publication does not replace what it published', async () => {
  let release: () => void = () => undefined;
  let version = 1;
  let renders = 0;
  const site = await startSite((app) => {
    app.get('/page', async (_request, response) => {
      const read = version;
      renders += 1;
      if (renders === 1)
        await new Promise<void>((resolve) => {
          release = resolve;
          site.logger.info({}, 'slow render waits');
        });
      response.send(`version ${read}`);
    });
  });
  const slow = site.visit('/page');
  await site.logger.waitFor(({ message }) => message === 'slow render waits');
  version = 2;
  await site.pages.quickPublish('/page');
  const from = site.logger.lines.length;
  release();
  await slow;
  await site.logger.waitFor(({ fields }) => fields.reason === 'voided', from);
  expect((await site.request('/page')).body).toBe('version 2');
});

test('globs and tags publish the stored pages that they match, and nothing else', async () => {
  const site = await publishingSite();
  for (const path of ['/posts/a', '/posts/b', '/who']) await site.visit(path);
  const byGlob = await site.pages.quickPublish('/posts/*');
  expect(byGlob.stored.map(({ path }) => path).sort()).toEqual(['/posts/a', '/posts/b']);
  const byTag = await site.pages.quickPublish({ tag: 'post:b' }, '/posts/b', '/who');
  expect(byTag.stored.map(({ path }) => path).sort()).toEqual(['/posts/b', '/who']);
  expect(await site.pages.quickPublish('/nothing/**')).toEqual({ stored: [], refused: [], notPages: [] });
});

test('a class with all() and iterables publish their pages', async () => {
  const site = await publishingSite();
  class Post {
    readonly slug = '';

    static async *all() {
      yield { getAbsoluteUrl: () => '/posts/x' };
      yield { getAbsoluteUrl: () => ['/posts/y', '/posts/z'] };
    }
  }
  expect((await site.pages.quickPublish(Post, new Set(['/stream']))).stored).toHaveLength(4);
});

test('options set the host, headers and the time of renders', async () => {
  const site = await publishingSite();
  await site.pages.quickPublish('/who', { host: '127.0.0.1', concurrency: 1 });
  expect((await site.request('/who')).body).toBe('127 127.0.0.1 http');
  expect((await site.pages.quickPublish('/who', { headers: { cookie: 'a=b' } })).refused).toMatchObject([
    { path: '/who', reason: 'cookie-present' },
  ]);
  expect((await site.pages.quickPublish('/never', { timeoutMs: 20 })).refused).toMatchObject([
    { path: '/never', reason: 'render-failed', detail: 'the response did not end within 20 ms' },
  ]);
});

test('an abort rejects with its reason, begins no further render, and keeps what was stored', async () => {
  const site = await publishingSite();
  const controller = new AbortController();
  const publication = site.pages.quickPublish('/posts/a', '/never', '/posts/b', {
    signal: controller.signal,
    concurrency: 1,
  });
  await site.logger.waitFor(({ message }) => message === 'never ends');
  controller.abort(new Error('enough'));
  await expect(publication).rejects.toThrow('enough');
  expect(site.renders).toEqual(['a']);
  expect((await site.request('/posts/a')).cache).toBe('staticgenerator; hit');
});

test.each([
  [{ concurrency: 0 }, 'concurrency'],
  [{ timeoutMs: '5' }, 'timeoutMs'],
  [{ host: '/', parallel: 3 }, 'parallel'],
])('options that cannot be used are refused before any render: %j', async (options, name) => {
  const site = await publishingSite();
  const publication = site.pages.quickPublish('/posts/a', options as unknown as '/');
  await expect(publication).rejects.toMatchObject({ code: 'ERR_BAD_TARGET', fields: { target: name } });
  expect(site.renders).toEqual([]);
});

test('bad targets, and publishing without an app, are refused before any render', async () => {
  const site = await publishingSite();
  await expect(site.pages.quickPublish('/posts/a', 'posts')).rejects.toMatchObject({
    code: 'ERR_BAD_TARGET',
  });
  expect(site.renders).toEqual([]);
  const { staticGenerator } = await import('../../src/static-generator.js');
  const alone = staticGenerator({ webRoot: `${site.webRoot}-alone`, urls: [/^\//], logger: false });
  await expect(alone.quickPublish('/')).rejects.toMatchObject({ code: 'ERR_NOT_ATTACHED' });
  await alone.close();
});

test('an app that never comes to the middleware is told so', async () => {
  const site = await publishingSite();
  site.pages.attach((_request, response) => void response.end('answered before'));
  expect((await site.pages.quickPublish('/posts/a')).refused).toMatchObject([
    { path: '/posts/a', reason: 'not-reached' },
  ]);
});
