/** Islands that are inserted into pages while these are sent, by Node or by a real nginx. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import compression from 'compression';
import express, { type Express } from 'express';
import { describe, expect, test } from 'vitest';
import { deferred } from '../helpers/deferred.js';
import { effort } from '../helpers/effort.js';
import { freePort } from '../helpers/servers/ports.js';
import { type Answer, send } from '../helpers/site/site.js';
import { blogRoutes, FALLBACK, postFor, postRoute, startFront, startIncluding } from './including-site.js';

/** The number of turns, with four requests each. */
const TURNS = effort({ usual: 5, long: 250 });
const signedIn = (name: string) => ({ headers: { cookie: `sid=${name}` } });
/** Headers about a connection, the server or the time. */
const OWN = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'server', 'x-powered-by']);
const headersOf = ({ headers }: Answer) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name)));

describe.each(['embedded', 'nginx'] as const)('through %s', (engine) => {
  test('each visitor gets the stored page with what is for them, from the first request on', async () => {
    const site = await startIncluding(engine, blogRoutes);
    // Requests with a cookie create no pages.
    const ada = await site.front('/posts/1', signedIn('ada'));
    expect(ada.body).toBe(postFor('<b>ada</b>'));
    const first = await site.front('/posts/1');
    expect([first.body, first.cache]).toEqual([postFor(FALLBACK), 'staticgenerator; fwd=uri-miss']);
    await expect.poll(() => existsSync(site.fileOf('/posts/1'))).toBe(true);
    const [bob, nobody] = [await site.front('/posts/1', signedIn('bob')), await site.front('/posts/1')];
    expect([bob.body, bob.cache]).toEqual([postFor('<b>bob</b>'), 'staticgenerator; hit']);
    expect([nobody.body, nobody.cache]).toEqual([postFor(FALLBACK), 'staticgenerator; hit']);
    for (const answer of [ada, first, bob, nobody])
      expect(headersOf(answer)).toEqual({
        'cache-control': 'private, no-store',
        'cache-status': answer.cache,
        'content-type': 'text/html; charset=utf-8',
        ...(answer.cache.endsWith('hit') ? { vary: 'Accept-Encoding' } : {}),
      });
  });

  test('two visitors at once never get a byte of each other', async () => {
    const site = await startIncluding(engine, (app, pages) => {
      blogRoutes(app, pages);
      app.get('/posts/two/:id', (_, response) => {
        const [one, other] = ['a', 'b'].map((part) => pages.island(`/island/slow?${part}`));
        response.send(`${one}|${other}`);
      });
      app.get('/island/slow', (request, response) => {
        setImmediate(() => setImmediate(() => response.send(`${request.url} ${request.headers.cookie}`)));
      });
    });
    await site.store('/posts/1');
    await site.store('/posts/two/1');
    const visit = async (name: string) => {
      const { body } = await site.front('/posts/1', signedIn(name));
      expect(body).toBe(postFor(`<b>${name}</b>`));
      const two = await site.front('/posts/two/1', signedIn(name));
      expect(two.body.match(/sid=\w+/g)).toEqual([`sid=${name}`, `sid=${name}`]);
      expect(two.body).toMatch(/slow\?a .*\|.*slow\?b /);
    };
    for (let turn = 0; turn < TURNS; turn += 1)
      await Promise.all(['ada', 'bob', 'ada', 'bob'].map((name) => visit(`${name}${turn}`)));
  });

  test.each<[string, (app: Express) => void]>([
    ['redirects', (app) => app.get('/island/menu', (_, response) => response.redirect('/login'))],
    ['fails', (app) => app.get('/island/menu', () => Promise.reject(new Error('broken')))],
    ['is not there', () => undefined],
    ['is JSON', (app) => app.get('/island/menu', (_, response) => void response.json({}))],
    ['breaks off', (app) => app.get('/island/menu', (_, response) => void response.destroy())],
    ['never ends', (app) => app.get('/island/menu', (_, response) => void response.write('x'))],
    [
      'is too large',
      (app) => app.get('/island/menu', (_, response) => void response.send('x'.repeat(2 ** 21))),
    ],
  ])('an island that %s leaves its fallback', async (_, routes) => {
    const site = await startIncluding(
      engine,
      (app, pages) => {
        routes(app);
        postRoute(app, pages);
      },
      { islands: { urls: [/^\/island\//], include: 'ssi', includeTimeoutMs: 200 } },
    );
    expect((await site.front('/posts/1')).body).toBe(postFor(FALLBACK));
    await expect.poll(() => existsSync(site.fileOf('/posts/1'))).toBe(true);
    const hit = await site.front('/posts/1', signedIn('ada'));
    expect([hit.status, hit.body, hit.cache]).toEqual([200, postFor(FALLBACK), 'staticgenerator; hit']);
  });

  test('an empty island is empty, and plain text stays text', async () => {
    const site = await startIncluding(engine, (app, pages) => {
      app.get('/posts/1', (_, response) => {
        const [empty, text] = ['empty', 'text'].map((part) =>
          pages.island(`/island/${part}`, { fallback: 'none' }),
        );
        response.send(`${empty}|${text}`);
      });
      app.get('/island/empty', (_, response) => void response.send(''));
      app.get('/island/text', (_, response) => void response.type('text').send('<b>&'));
    });
    await site.store('/posts/1');
    expect((await site.front('/posts/1')).body).toBe(
      '<span data-included="/island/empty"> </span>|<span data-included="/island/text">&lt;b&gt;&amp;</span>',
    );
  });

  test('the answer to HEAD has the head, and asks for no island', async () => {
    const asked: string[] = [];
    const site = await startIncluding(engine, (app, pages) => {
      app.use('/island', (request, _, next) => next(void asked.push(request.url)));
      blogRoutes(app, pages);
    });
    const miss = await site.front('/posts/1', { method: 'HEAD' });
    await site.store('/posts/1');
    const head = await site.front('/posts/1', { method: 'HEAD' });
    expect(asked).toEqual([]);
    const got = await site.front('/posts/1');
    expect([head.status, head.body, headersOf(head)]).toEqual([200, '', headersOf(got)]);
    expect(miss.headers['cache-control']).toBe('private, no-store');
    expect(miss.headers['content-length']).toBeUndefined();
  });

  test('is never answered with a 304, a part, or a validator', async () => {
    const site = await startIncluding(engine, blogRoutes);
    await site.store('/posts/1');
    const conditions = [
      { 'if-none-match': '"x", W/"y"' },
      { 'if-modified-since': new Date(Date.now() + 1e6).toUTCString() },
      { range: 'bytes=0-3' },
    ];
    for (const headers of conditions) {
      const { status, body, headers: sent } = await site.front('/posts/1', { headers });
      expect([status, body]).toEqual([200, postFor(FALLBACK)]);
      expect([sent.etag, sent['last-modified'], sent['accept-ranges']]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  test('is right for who can be sent no page', async () => {
    const site = await startIncluding(engine, (app, pages) => {
      app.use(express.urlencoded({ extended: false }));
      blogRoutes(app, pages);
      app.post('/comments', (_, response) => void response.status(422).send(pages.island('/island/menu')));
    });
    const { body, headers, status } = await site.front('/comments', {
      method: 'POST',
      headers: { cookie: 'sid=ada', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'text=x',
    });
    expect([status, body]).toEqual([422, '<span data-included="/island/menu"><b>ada</b></span>']);
    expect(headers['cache-control']).toBe('private, no-store');
  });

  test('with compression in the app, what is asked for is there', async () => {
    const site = await startIncluding(engine, (app, pages) => {
      app.use(compression({ threshold: 0 }));
      blogRoutes(app, pages);
    });
    const headers = { cookie: 'sid=ada', 'accept-encoding': 'gzip, br' };
    const expected = [postFor('<b>ada</b>'), undefined];
    const bypass = await site.front('/posts/1', { headers });
    expect([bypass.body, bypass.headers['content-encoding']]).toEqual(expected);
    const miss = await site.front('/posts/1', { headers: { 'accept-encoding': 'gzip, br' } });
    expect([miss.body, miss.headers['content-encoding']]).toEqual([postFor(FALLBACK), undefined]);
    await expect.poll(() => existsSync(site.fileOf('/posts/1'))).toBe(true);
    const hit = await site.request('/posts/1', { headers });
    expect([hit.body, hit.headers['content-encoding']]).toEqual(expected);
    // nginx compresses while it sends the page.
    const coded = await site.front('/posts/1', { headers });
    const isCoded = engine === 'nginx';
    expect(coded.headers['content-encoding']).toBe(isCoded ? 'gzip' : undefined);
    expect((isCoded ? gunzipSync(coded.bytes) : coded.bytes).toString()).toBe(expected[0]);
  });

  test('a page of a query has its includes, too', async () => {
    const site = await startIncluding(engine, blogRoutes, {
      urls: [{ match: /^\/posts\//, as: 'nobody', query: { page: /^\d+$/ } }],
    });
    await site.store('/posts/1?page=12');
    expect(existsSync(join(site.webRoot, 'posts/1;12/page=12.html;ssi'))).toBe(true);
    const { body, cache } = await site.front('/posts/1?page=12', signedIn('ada'));
    expect([body, cache]).toEqual([postFor('<b>ada</b>'), 'staticgenerator; hit']);
  });

  test('a page that has an island no more, or has one now, has one file', async () => {
    let hasIsland = true;
    const site = await startIncluding(engine, (app, pages) => {
      app.get(
        '/posts/1',
        (_, response) => void response.send(hasIsland ? pages.island('/island/menu') : 'plain'),
      );
      app.get('/island/menu', (_, response) => void response.send('menu'));
    });
    const plain = join(site.webRoot, 'posts/1.page.html');
    for (const [file, other] of [
      [site.fileOf('/posts/1'), plain],
      [plain, site.fileOf('/posts/1')],
      [site.fileOf('/posts/1'), plain],
    ] as const) {
      await site.store('/posts/1');
      expect([existsSync(file), existsSync(other)]).toEqual([true, false]);
      expect((await site.front('/posts/1')).body).toContain(hasIsland ? 'menu' : 'plain');
      hasIsland = !hasIsland;
    }
  });

  test('is deleted like any other page, and asked for again', async () => {
    const site = await startIncluding(engine, blogRoutes);
    await site.store('/posts/1');
    const { deleted } = await site.pages.quickDelete('/posts/1');
    expect([deleted, existsSync(site.fileOf('/posts/1'))]).toEqual([['/posts/1'], false]);
    expect((await site.front('/posts/1')).cache).toBe('staticgenerator; fwd=uri-miss');
  });

  test('nobody but nginx gets an island by the way of nginx', async () => {
    const asked: string[] = [];
    const site = await startIncluding(engine, (app) =>
      app.use((request, _, next) => next(void asked.push(request.url))),
    );
    const { status, headers } = await site.front('/_islands/include?url=/island/menu');
    expect([status, headers['cache-control'], asked]).toEqual([403, 'private, no-store', []]);
  });
});

describe('what somebody else writes', () => {
  const DIRECTIVE = '<!--# include virtual="/admin" -->';
  const hostile: readonly (readonly [string, readonly string[], string])[] = [
    ['in a comment', [`<p>${DIRECTIVE}</p>`], ''],
    ['in an attribute', [`<a title='${DIRECTIVE}'>x</a>`], ''],
    ['in two chunks', ['<!-', `-${DIRECTIVE.slice(4)}`], ''],
    ['that begins before an island', ['<!--', '# '], 'before'],
    ['with the words of an island', ['<!--# block name="i0" -->x<!--# endblock -->'], ''],
    ['in a fallback', [], DIRECTIVE],
  ];

  test.each(hostile)('%s is never executed, and the page is not stored', async (_, chunks, fallback) => {
    const site = await startIncluding('nginx', (app, pages) => {
      app.get('/posts/1', (_request, response) => {
        response.type('html');
        response.write(pages.island('/island/menu', { fallback }));
        for (const chunk of chunks) response.write(chunk);
        response.end();
      });
      app.get('/island/menu', (_request, response) => void response.send('menu'));
      app.get('/admin', (_request, response) => void response.send('secret'));
    });
    const text = `<span data-included="/island/menu">menu</span>${chunks.join('')}`;
    for (let time = 0; time < 2; time += 1) {
      const from = site.logger.lines.length;
      const { body } = await site.front('/posts/1');
      expect(body).toBe(text);
      const told = await site.logger.waitFor(({ message }) => message.startsWith('not stored'), from);
      expect(told.fields).toMatchObject({ reason: 'include' });
    }
  });

  test('in a page without islands, or in an island, is sent as it is', async () => {
    const site = await startIncluding('nginx', (app, pages) => {
      app.get('/posts/plain', (_, response) => void response.send(DIRECTIVE));
      app.get('/posts/1', (_, response) => void response.send(pages.island('/island/menu')));
      app.get('/island/menu', (_, response) => void response.send(DIRECTIVE));
      app.get('/admin', (_, response) => void response.send('secret'));
    });
    await site.store('/posts/plain');
    await site.store('/posts/1');
    for (const ask of [site.front, site.request]) {
      const plain = await ask('/posts/plain');
      expect([plain.body, plain.cache]).toEqual([DIRECTIVE, 'staticgenerator; hit']);
      const page = await ask('/posts/1');
      expect([page.body, page.cache]).toEqual([
        `<span data-included="/island/menu">${DIRECTIVE}</span>`,
        'staticgenerator; hit',
      ]);
    }
  });

  test('the mark of another render is a comment, and keeps the page from being stored', async () => {
    let kept: string | undefined;
    const site = await startIncluding('nginx', (app, pages) => {
      app.get('/posts/:id', (_, response) => {
        kept ??= pages.island('/island/menu', { fallback: 'Sign in' });
        response.send(kept);
      });
      app.get('/island/menu', (_, response) => void response.send('menu'));
    });
    await site.store('/posts/1');
    const { refused } = await site.pages.quickPublish('/posts/2');
    expect(refused).toMatchObject([{ reason: 'include', detail: 'an island of another render' }]);
    const { body } = await site.front('/posts/2');
    expect(body.replace(/<!--.*?-->/g, '')).toBe('<span data-included="/island/menu">Sign in</span>');
  });

  test('a URL of an island is what it is, whatever nginx reads in it', async () => {
    const url = '/island/menu?a=$uri&b="x"-->&c=%24&d=\\';
    const site = await startIncluding('nginx', (app, pages) => {
      app.get('/posts/1', (_, response) => void response.send(pages.island(url)));
      app.get('/island/menu', (request, response) => void response.type('text').send(request.url));
    });
    await site.store('/posts/1');
    const [front, own] = [await site.front('/posts/1'), await site.request('/posts/1')];
    expect(front.body).toBe(own.body);
    expect(front.body).toContain('a=$uri&amp;b=');
  });
});

describe('what cannot be put in', () => {
  test('comes by the script: beyond twenty, or after the head has left', async () => {
    const go = deferred();
    const site = await startIncluding('embedded', (app, pages) => {
      app.get('/posts/many', (_, response) => {
        response.send(Array.from({ length: 22 }, (_one, n) => pages.island(`/island/${n}`)).join(''));
      });
      app.get('/posts/late', (_, response) => {
        response.type('html').write('first');
        void go.promise.then(() => response.end(pages.island('/island/0')));
      });
      app.get('/island/:n', (request, response) => void response.send(request.params.n));
    });
    const { body } = await site.front('/posts/many');
    expect(body.match(/data-included/g)).toHaveLength(20);
    expect(body.match(/data-island=/g)).toHaveLength(2);
    const late = site.front('/posts/late');
    go.resolve();
    expect((await late).body).toMatch(/^first<span data-island="\/island\/0"><\/span><script /);
  });

  test('comes by the script within an island, which might be in itself', async () => {
    let renders = 0;
    const site = await startIncluding('embedded', (app, pages) => {
      app.get('/posts/1', (_, response) => void response.send(pages.island('/island/menu')));
      app.get('/island/menu', (_, response) => {
        renders += 1;
        response.send(pages.island('/island/menu'));
      });
    });
    const { body } = await site.front('/posts/1');
    expect(body).toMatch(
      /^<span data-included="\/island\/menu"><span data-island="\/island\/menu"><\/span><script /,
    );
    expect(renders).toBe(1);
  });

  test('a page that is no HTML in UTF-8 is not stored', async () => {
    const site = await startIncluding('embedded', (app, pages) => {
      app.get('/posts/1', (_, response) => {
        const body = pages.island('/island/menu');
        response.setHeader('content-type', 'text/html; charset=iso-8859-1');
        response.end(body);
      });
    });
    const { refused } = await site.pages.quickPublish('/posts/1');
    expect(refused).toMatchObject([{ reason: 'include', detail: 'text/html; charset=iso-8859-1' }]);
  });

  test('a cookie that it sets is lost, and the log says so once', async () => {
    const site = await startIncluding('embedded', (app, pages) => {
      app.get('/posts/1', (_, response) => void response.send(pages.island('/island/menu')));
      app.get('/island/menu', (_, response) => void response.cookie('a', '1').send('menu'));
    });
    for (let time = 0; time < 2; time += 1) {
      const { headers } = await site.front('/posts/1');
      expect(headers['set-cookie']).toBeUndefined();
    }
    const told = site.logger.lines.filter(({ message }) => message.includes('which is lost'));
    expect(told).toHaveLength(1);
  });

  test.each<[string, object | undefined, object]>([
    ['without the option', { urls: [/^\/island\//] }, { include: 'ssi' }],
    ['in a way that is none', { urls: [/^\/island\//], include: 'ssi' }, { include: 'esi' }],
  ])('is refused %s', async (_, islands, options) => {
    const site = await startIncluding('embedded', () => undefined, { islands } as never);
    expect(() => site.pages.island('/island/menu', options)).toThrow(
      expect.objectContaining({ code: 'ERR_BAD_ISLAND' }),
    );
  });
});

test('nginx and Node answer from a page with the same bytes and headers, declared ones among them', async () => {
  const headers = {
    'X-Frame-Options': 'DENY',
    'Cache-Control': 'max-age=60',
    'Surrogate-Control': 'max-age=600',
  };
  const site = await startIncluding(
    'nginx',
    (app, pages) => {
      app.use((_, response, next) => next(void response.set(headers)));
      blogRoutes(app, pages);
    },
    { headers },
  );
  await site.store('/posts/1');
  expect(existsSync(site.fileOf('/posts/1'))).toBe(true);
  const tag = { 'if-none-match': '*' };
  const date = { 'if-modified-since': new Date(Date.now() + 1e6).toUTCString() };
  const conditions = [{ headers: tag }, { headers: { ...tag, ...date } }];
  for (const options of [{}, signedIn('ada'), { method: 'HEAD' }, ...conditions]) {
    const [front, own] = [await site.front('/posts/1', options), await site.request('/posts/1', options)];
    expect([front.status, front.body, headersOf(front)]).toEqual([own.status, own.body, headersOf(own)]);
    expect(front.headers['x-frame-options']).toBe('DENY');
    expect(front.headers['surrogate-control']).toBeUndefined();
  }
});

test('a page that only Node serves has its includes behind nginx, too', async () => {
  const site = await startIncluding('nginx', (app, pages) => {
    app.use((_, response, next) => next(void response.set('X-Other', 'yes')));
    blogRoutes(app, pages);
  });
  await site.store('/posts/1');
  expect(existsSync(site.fileOf('/posts/1'))).toBe(false);
  const { body, cache, headers } = await site.front('/posts/1', signedIn('ada'));
  expect([body, cache, headers['x-other']]).toEqual([postFor('<b>ada</b>'), 'staticgenerator; hit', 'yes']);
  expect(headers['cache-control']).toBe('private, no-store');
});

test('where the app is away, nginx sends the page with its fallbacks', async () => {
  const site = await startIncluding('nginx', blogRoutes);
  await site.store('/posts/1');
  const stored = readFileSync(site.fileOf('/posts/1'), 'utf8');
  expect(stored.match(/<!--#/g)).toHaveLength(3);
  const { status, body } = await send(await startFront(site, await freePort()), '/posts/1', signedIn('ada'));
  expect([status, body]).toEqual([200, postFor(FALLBACK)]);
});
