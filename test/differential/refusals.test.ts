import { EventEmitter, once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import express, { type Express, type RequestHandler } from 'express';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { redis } from '../../src/cluster/redis/index.js';
import type { Options } from '../../src/config.js';
import { captureReasons, publishReasons, requestReasons, responseReasons } from '../../src/page/reasons.js';
import type { StaticGenerator } from '../../src/static-generator.js';
import { accepts } from '../cases/accepts.js';
import { freePort } from '../helpers/servers/ports.js';
import { afterAllTests } from '../helpers/temporary.js';
import { cacheStatusOf, type Engine, type EngineSite, engines, startEngine } from './engines.js';
import type { SentRequest } from './grammar.js';
import { refusedKinds } from './site/refused.js';
import { settings } from './site/settings.js';

/** The reasons that the tests of this file have provoked, by engine. */
const provoked = new Map<Engine, Set<string>>(engines.map((engine) => [engine, new Set()]));

describe.each(engines)('through %s', (engine) => {
  const shown = (reason: string) => provoked.get(engine)?.add(reason);

  test('every kind of response that may not become a page is rendered again', async () => {
    const counts = new Map<string, number>();
    const counted =
      (name: string, handler: RequestHandler): RequestHandler =>
      (request, response, next) => {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        return handler(request, response, next);
      };
    const site = await startSite(engine, settings.plain.options, (app) => {
      for (const [name, [, handler]] of Object.entries(refusedKinds))
        app.get(`/${name}`, counted(name, handler));
    });
    for (const [name, [reason]] of Object.entries(refusedKinds)) {
      for (const time of [1, 2]) {
        const answer = await site.visit(`/${name}`);
        expect.soft([name, answer.outcome, counts.get(name)]).toEqual([name, reason, time]);
        expect.soft(cacheStatusOf(answer)).toMatch(/^staticgenerator; fwd=uri-miss(?:; detail=[a-z-]+)?$/);
      }
      shown(reason);
    }
  });

  /** nginx always requests the app in HTTP/1.1, whatever the version of the client's request. */
  const onlyToNode: [reason: string, target: string, request: Partial<SentRequest>][] =
    engine === 'embedded' ? [['http-version', '/fresh', { version: '1.0' }]] : [];

  describe('of one site', () => {
    let site: EngineSite;
    const requests: string[] = [];
    const atEnd = afterAllTests();
    beforeAll(async () => {
      const app = (made: StaticGenerator) =>
        express()
          .use(made.middleware)
          .use((asked, response) => {
            requests.push(asked.originalUrl);
            response.status(asked.method === 'DELETE' ? 400 : 200).send(`render ${requests.length}`);
          });
      const options = { ...settings.plain.options, ignoreQuery: ['utm_*'] };
      site = await startEngine(engine, app, options, atEnd);
    });

    test.each<[reason: string, target: string, request?: Partial<SentRequest>]>([
      ...onlyToNode,
      ['method', '/page', { method: 'DELETE' }],
      ['not-canonical', '//page'],
      ['not-canonical', '/p%61ge'],
      ['no-rule', '/raw/page'],
      ['excluded', '/admin/page'],
      ['query', '/page?a=1'],
      ['host', '/page', { lines: ['Host: evil.example'] }],
      ['request-header', '/page', { lines: ['Authorization: Basic YTpi'] }],
      ['request-header', '/page', { lines: ['Range: bytes=0-1'] }],
      ['bypass-header', '/page', { lines: ['HX-Request: true'] }],
      ['bypass-header', '/page', { lines: ['Origin: https://other.example'] }],
      ['cookie', '/page', { lines: ['Cookie: connect.sid=x'] }],
      ['head', '/fresh', { method: 'HEAD' }],
      ['host-spelling', '/fresh', { lines: ['Host: LOCALHOST'] }],
      ['case', '/Fresh'],
      ['no-store', '/fresh', { lines: ['Cache-Control: max-age=0, No-Store'] }],
      ['cookie-present', '/fresh', { lines: ['Cookie: theme=dark'] }],
      ['ignored-query', '/fresh?utm_source=x'],
    ])('%s: %s is answered by the app, twice', async (reason, target, request) => {
      // Only the page is stored from which a wrong decision would answer.
      await site.pages.quickDelete('/**');
      await site.visit('/page');
      const before = requests.length;
      for (const time of [1, 2]) {
        const answer = await site.ask(target, request);
        const kind = reason === 'method' ? 'fwd=method' : `detail=${reason}`;
        expect(cacheStatusOf(answer)).toMatch(new RegExp(`; ${kind}$`));
        expect(requests).toHaveLength(before + time);
        if (request?.method !== 'HEAD') expect(answer.body.toString()).toBe(`render ${before + time}`);
      }
      shown(reason);
    });
  });

  test('scheme: a request by another scheme than that of the pages', async () => {
    let count = 0;
    const site = await startSite(engine, { scheme: 'https' }, (app) => {
      app.get('/page', (_request, response) => {
        count += 1;
        response.send(`render ${count}`);
      });
    });
    await site.pages.quickPublish('/page');
    for (const time of [2, 3]) {
      const answer = await site.ask('/page');
      expect([cacheStatusOf(answer), answer.body.toString()]).toEqual([
        'staticgenerator; fwd=bypass; detail=scheme',
        `render ${time}`,
      ]);
    }
    shown('scheme');
  });

  test('audience: a page that is for other requests', async () => {
    const site = await countingSite(engine, (response, count) => {
      response.send(`render ${count} of ${response.req.accepts(['html', 'json'])}`);
    });
    const [safari] = accepts;
    expect((await site.visit('/page', { lines: [`Accept: ${safari?.[1]}`] })).outcome).toBe('stored');
    for (const time of [2, 3]) {
      const answer = await site.visit('/page', { lines: ['Accept: application/json'] });
      expect([answer.outcome, answer.body.toString()]).toEqual(['audience', `render ${time} of json`]);
    }
    shown('audience');
  });

  test('content-length: a length that is wrong', async () => {
    const site = await countingSite(engine, (response) => {
      response.set({
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Length': '99',
        Connection: 'close',
      });
      response.end('short');
    });
    for (const time of [1, 2]) {
      const answer = await site.visit('/page');
      expect([answer.outcome, answer.complete, site.count()]).toEqual(['content-length', false, time]);
    }
    shown('content-length');
  });

  test('incomplete: a source that fails, though the handler ends the response', async () => {
    const site = await countingSite(engine, (response, count) => {
      const source = new PassThrough();
      source.on('error', () => response.end('sorry'));
      source.pipe(response.type('html'), { end: false });
      source.write(`half ${count} `);
      setImmediate(() => source.destroy(new Error('the database went away')));
    });
    for (const time of [1, 2]) {
      const { outcome, body } = await site.visit('/page');
      expect([outcome, body.toString()]).toEqual(['incomplete', `half ${time} sorry`]);
    }
    shown('incomplete');
  });

  test('incomplete: a client that leaves', async () => {
    const events = new EventEmitter();
    const site = await countingSite(engine, (response, count) => {
      response.type('html').write(`first half ${count}`);
      events.emit('rendering');
      if (count === 1) response.once('close', () => response.end('second half'));
      else response.end();
    });
    const from = site.logger.lines.length;
    await site.abandon('/page', once(events, 'rendering'));
    expect(await site.outcome('/page', from)).toBe('incomplete');
    expect((await site.visit('/page')).body.toString()).toBe('first half 2');
  });

  test('skipped: a page that says so while it is rendered', async () => {
    const site = await countingSite(engine, (response, count, pages) => {
      pages.skip('a draft');
      response.send(`draft ${count}`);
    });
    for (const time of [1, 2]) {
      const answer = await site.visit('/page');
      expect([answer.outcome, answer.body.toString()]).toEqual(['skipped', `draft ${time}`]);
      expect(cacheStatusOf(answer)).toMatch(/detail=skipped$/);
    }
    shown('skipped');
  });

  test('reads-header: a page whose render looks at a header of its visitor', async () => {
    const site = await countingSite(engine, (response, count) => {
      response.send(`render ${count} for ${response.req.get('user-agent') ?? 'nobody'}`);
    });
    for (const time of [1, 2]) {
      const answer = await site.visit('/page');
      expect(answer.outcome).toBe('reads-header');
      expect(answer.body.toString()).toMatch(new RegExp(`^render ${time} `));
    }
    shown('reads-header');
  });

  test('echoes-request: a page that repeats what its visitor has sent', async () => {
    const site = await countingSite(engine, (response, count) => {
      response.send(`render ${count} for ${response.req.get('x-request-id')}`);
    });
    for (const [time, id] of ['0af7651916cd43dd', '8448eb211c80319c'].entries()) {
      const { outcome, body } = await site.visit('/page', { lines: [`X-Request-Id: ${id}`] });
      expect([outcome, body.toString()]).toEqual(['echoes-request', `render ${time + 1} for ${id}`]);
    }
    shown('echoes-request');
  });

  test('contradicts: a page that another visitor got no page for', async () => {
    const site = await countingSite(engine, (response, count) => {
      if (count === 1) response.redirect('/login');
      else response.send(`render ${count}`);
    });
    expect((await site.visit('/page')).outcome).toBe('status');
    for (const time of [2, 3]) {
      const { outcome, body } = await site.visit('/page');
      expect([outcome, body.toString()]).toEqual(['contradicts', `render ${time}`]);
    }
    shown('contradicts');
  });

  test('bad-tag: a page with a tag that cannot be kept', async () => {
    const site = await countingSite(engine, (response, count, pages) => {
      pages.tag('post:two\nlines');
      response.send(`render ${count}`);
    });
    for (const time of [1, 2]) {
      const answer = await site.visit('/page');
      expect([answer.outcome, answer.body.toString()]).toEqual(['bad-tag', `render ${time}`]);
    }
    shown('bad-tag');
  });

  test('voided: a page that is deleted while it is rendered', async () => {
    const { site, events, first } = await heldSite(engine);
    await site.pages.quickDelete('/page');
    events.emit('release');
    expect(await first).toMatchObject({ outcome: 'voided' });
    expect((await site.visit('/page')).body.toString()).toBe('render 2');
    shown('voided');
  });

  test('context-lost: a page that waits for what another request has begun to read before', async () => {
    const events = new EventEmitter();
    const site = await startSite(engine, settings.plain.options, (app, pages) => {
      const tracker = pages.track();
      app.get('/page', async (request, response) => {
        const isOther = 'other' in request.query;
        const done = once(events, 'read');
        events.emit('waiting');
        if (isOther) {
          await once(events, 'go on');
          tracker.read('Post', 1);
          events.emit('read');
        } else await done;
        response.send('page');
      });
    });
    for (const _time of [1, 2]) {
      const first = once(events, 'waiting');
      const other = site.ask('/page?other=1');
      await first;
      const waiting = once(events, 'waiting');
      const page = site.visit('/page');
      await waiting;
      events.emit('go on');
      await other;
      expect((await page).outcome).toBe('context-lost');
    }
    shown('context-lost');
  });

  test('changes-itself: a page whose render changes what it has read', async () => {
    let renders = 0;
    const site = await startSite(engine, settings.plain.options, (app, pages) => {
      const tracker = pages.track();
      app.get('/page', async (_request, response) => {
        tracker.read('Post', 1);
        await tracker.changed({ entity: 'Post', id: 1, action: 'update' });
        renders += 1;
        response.send(`render ${renders}`);
      });
    });
    for (const time of [1, 2]) {
      const answer = await site.visit('/page');
      expect([answer.outcome, answer.body.toString()]).toEqual(['changes-itself', `render ${time}`]);
    }
    shown('changes-itself');
  });

  test('closed: a response that ends after close()', async () => {
    const { site, events, first } = await heldSite(engine);
    await site.pages.close();
    events.emit('release');
    expect(await first).toMatchObject({ outcome: 'closed' });
    expect((await site.ask('/page')).body.toString()).toBe('render 2');
    shown('closed');
  });

  test('fault: a page that cannot be written', async () => {
    // The pause after a fault is short. With the clock stopped, it lasts until the second request, however slow that
    // is.
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const site = await countingSite(engine, (response, count) => response.send(`render ${count}`));
    await mkdir(join(site.webRoot, 'page.page.html', 'in the way'), { recursive: true });
    const first = await site.visit('/page');
    expect([first.outcome, first.body.toString()]).toEqual(['fault', 'render 1']);
    const second = await site.ask('/page');
    expect([cacheStatusOf(second), second.body.toString()]).toEqual([
      'staticgenerator; fwd=uri-miss; detail=fault',
      'render 2',
    ]);
    shown('fault');
  });

  test('refused-before: a page that was refused eight times in a row', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const site = await countingSite(engine, (response, count) =>
      response.set('Cache-Control', 'private').send(`render ${count}`),
    );
    for (let time = 1; time <= 8; time += 1)
      expect((await site.visit('/page')).outcome).toBe('cache-control');
    for (const time of [9, 10]) {
      const answer = await site.ask('/page');
      expect(cacheStatusOf(answer)).toBe('staticgenerator; fwd=uri-miss; detail=refused-before');
      expect(answer.body.toString()).toBe(`render ${time}`);
    }
    shown('refused-before');
  });

  test('query-spelling: a page with a query, asked for in another order', async () => {
    const query = { page: /^[1-9]$/, sort: ['new'] };
    const options = { ...settings.plain.options, urls: [{ match: /^\/page$/, query }] };
    const site = await countingSite(engine, (response, count) => response.send(`render ${count}`), options);
    for (const time of [1, 2]) {
      const answer = await site.ask('/page?sort=new&page=2');
      expect(cacheStatusOf(answer)).toBe('staticgenerator; fwd=uri-miss; detail=query-spelling');
      expect(answer.body.toString()).toBe(`render ${time}`);
    }
    shown('query-spelling');
  });

  test('variant: a page that does not ask for what its rule names, and one that asks for more', async () => {
    const options = {
      ...settings.plain.options,
      variants: {
        language: { header: 'accept-language', values: ['en', 'de'] },
        look: { cookie: 'look', values: ['a', 'b'] },
      },
      urls: [{ match: /^\/varied$/, variants: ['language'] }, /^\//],
    };
    const site = await startSite(engine, options, (app, pages) => {
      app.get('/varied', (_request, response) => void response.send('the same'));
      app.get('/page', (_request, response) => void response.send(pages.variant('look')));
    });
    const from = site.logger.lines.length;
    await site.ask('/varied');
    expect(await site.outcome('/varied>language=en', from)).toBe('variant');
    const answer = await site.visit('/page');
    expect([answer.outcome, cacheStatusOf(answer)]).toEqual([
      'variant',
      'staticgenerator; fwd=uri-miss; detail=variant',
    ]);
    shown('variant');
  });

  test('asked-rarely: a page that has not been asked for often enough', async () => {
    const options = { ...settings.plain.options, urls: [{ match: /^\/page$/, storeAfter: 3 }] };
    const site = await countingSite(engine, (response, count) => response.send(`render ${count}`), options);
    for (const time of [1, 2]) {
      const answer = await site.ask('/page');
      expect(cacheStatusOf(answer)).toBe('staticgenerator; fwd=uri-miss; detail=asked-rarely');
      expect(answer.body.toString()).toBe(`render ${time}`);
    }
    shown('asked-rarely');
  });

  test('include: a page with an island and a directive of somebody else', async () => {
    const islands = { urls: [/^\/island$/], include: 'ssi' as const };
    const options = { ...settings.plain.options, islands };
    const site = await startSite(engine, options, (app, pages) => {
      let count = 0;
      app.get('/page', (_request, response) => {
        count += 1;
        response.send(`render ${count} ${pages.island('/island')} <!--# echo var="x" -->`);
      });
      app.get('/island', (_request, response) => void response.send('island'));
    });
    for (const time of [1, 2]) {
      const answer = await site.visit('/page');
      const island = '<span data-included="/island">island</span>';
      const body = `render ${time} ${island} <!--# echo var="x" -->`;
      expect([answer.outcome, answer.body.toString()]).toEqual(['include', body]);
    }
    shown('include');
  });

  test('not-reached: a page that outer middleware answers', async () => {
    let count = 0;
    const site = await startEngine(engine, (pages) => {
      const app = express();
      app.get('/page', (_request, response) => {
        count += 1;
        response.send(`outer ${count}`);
      });
      return app.use(pages.middleware);
    });
    expect((await site.pages.quickPublish('/page')).refused).toMatchObject([{ reason: 'not-reached' }]);
    for (const time of [2, 3]) expect((await site.ask('/page')).body.toString()).toBe(`outer ${time}`);
    shown('not-reached');
  });

  test('render-failed: a page whose render breaks the connection', async () => {
    const site = await countingSite(engine, (response, count) => {
      if (count === 1) response.destroy();
      else response.send(`render ${count}`);
    });
    expect((await site.pages.quickPublish('/page')).refused).toMatchObject([{ reason: 'render-failed' }]);
    expect((await site.visit('/page')).body.toString()).toBe('render 2');
    shown('render-failed');
  });

  test('no-term: a host that does not reach the others', async () => {
    // No server listens on this port.
    const cluster = redis({ url: `redis://127.0.0.1:${await freePort()}` });
    const options = { ...settings.plain.options, cluster };
    const site = await countingSite(engine, (response, count) => response.send(`render ${count}`), options);
    for (const time of [1, 2]) {
      const answer = await site.ask('/page');
      expect(cacheStatusOf(answer)).toBe('staticgenerator; fwd=bypass; detail=no-term');
      expect(answer.body.toString()).toBe(`render ${time}`);
    }
    shown('no-term');
  });

  test('no-room: a page that is larger than all pages together may be', async () => {
    const options = { ...settings.plain.options, maxBytes: 4_096 };
    const site = await countingSite(
      engine,
      (response, count) => response.send(`render ${count} ${'x'.repeat(5_000)}`),
      options,
    );
    for (const time of [1, 2]) {
      const answer = await site.visit('/page');
      expect([answer.outcome, answer.body.toString().slice(0, 8)]).toEqual(['no-room', `render ${time}`]);
    }
    shown('no-room');
  });

  test('every reason that there is has been provoked', () => {
    const all = { ...requestReasons, ...captureReasons, ...responseReasons, ...publishReasons };
    const unheard = engine === 'nginx' ? ['http-version'] : [];
    expect([...(provoked.get(engine) ?? []), ...unheard].sort()).toEqual(Object.keys(all).sort());
  });
});

/** Starts a site whose first render waits for `release`. Returns it with the visit that waits for this render. */
async function heldSite(engine: Engine) {
  const events = new EventEmitter();
  const site = await countingSite(engine, async (response, count) => {
    const released = once(events, 'release');
    events.emit('rendering');
    if (count === 1) await released;
    response.send(`render ${count}`);
  });
  const rendering = once(events, 'rendering');
  const first = site.visit('/page');
  await rendering;
  return { site, events, first };
}

async function startSite(
  engine: Engine,
  options: Partial<Options>,
  routes: (app: Express, pages: StaticGenerator) => void,
): Promise<EngineSite> {
  return await startEngine(
    engine,
    (pages) => {
      const app = express().set('env', 'test').use(pages.middleware);
      routes(app, pages);
      return app;
    },
    options,
  );
}

/** Starts a site with the page `/page`, and counts its renders. */
async function countingSite(
  engine: Engine,
  render: (response: express.Response, count: number, pages: StaticGenerator) => unknown,
  options: Partial<Options> = {},
): Promise<EngineSite & { count(): number }> {
  let count = 0;
  const site = await startSite(engine, options, (app, pages) => {
    app.get('/page', async (_request, response) => {
      count += 1;
      await render(response, count, pages);
    });
  });
  return { ...site, count: () => count };
}
