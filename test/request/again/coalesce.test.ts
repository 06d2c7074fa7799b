import { AsyncResource } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import type { Response } from 'express';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Coalescer, endOfWait, type Wait } from '../../../src/request/again/coalesce.js';
import type { RenderOutcome } from '../../../src/request/page/writer.js';
import { PATIENCE_MS } from '../../helpers/patience.js';
import { type Site, startSite } from '../../helpers/site/site.js';

interface Held {
  readonly response: Response;
  readonly version: number;
  /** Adds tags to this render. */
  readonly tag: (...tags: readonly string[]) => void;
}

/** Starts a site whose renders of `/page` wait until the test answers them, one by one. */
async function heldSite(tags: readonly string[] = []) {
  const held: Held[] = [];
  const arrivals = new EventEmitter();
  const state = { version: 1 };
  const site = await startSite((app, pages) => {
    app.get('/never', () => undefined);
    app.get('/page', (_request, response) => {
      held.push({ response, version: state.version, tag: AsyncResource.bind(pages.tag) });
      pages.tag(...tags);
      arrivals.emit('render');
    });
  });
  const nextRender = async (): Promise<Held> => {
    while (held.length === 0) await once(arrivals, 'render', { signal: AbortSignal.timeout(PATIENCE_MS) });
    const [render] = held.splice(0, 1);
    if (render === undefined) throw new Error('No render is held');
    return render;
  };
  return { ...site, state, held, nextRender };
}

test('a render whose connection is lost while it waits behind another answer keeps nobody waiting', async () => {
  const site = await heldSite();
  const client = connect(site.port, '127.0.0.1');
  const get = 'GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n';
  client.write(`GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n${get}`);
  await site.nextRender();
  const follower = site.request('/page');
  client.destroy();
  await site.logger.waitFor(({ fields }) => fields.reason === 'incomplete' && fields.path === '/page', 0);
  const { response } = await site.nextRender();
  response.send('page');
  expect((await follower).body).toBe('page');
});

test('a request that waits on a connection that is lost renders nothing, and keeps nobody waiting', async () => {
  const site = await heldSite();
  const client = connect(site.port, '127.0.0.1');
  const get = 'GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n';
  client.write(`${get}${get}`);
  const lost = await site.nextRender();
  const follower = site.request('/page');
  await site.request('/not-found');
  lost.response.destroy();
  const { response } = await site.nextRender();
  expect(response.req.socket.destroyed).toBe(false);
  response.send('page');
  expect((await follower).body).toBe('page');
  expect(site.held).toEqual([]);
});

/** Sends requests. When this resolves, all of them have reached the middleware. */
async function arrive(site: Site, count: number) {
  const answers = Array.from({ length: count }, () => site.request('/page'));
  // This request is answered only after the middleware has begun with the requests before it.
  await site.request('/not-found');
  return answers;
}

test('concurrent misses make one render, and the followers are hits', async () => {
  const site = await heldSite();
  const leader = site.request('/page');
  const render = await site.nextRender();
  const followers = await arrive(site, 20);
  expect(site.held).toHaveLength(0);
  render.response.send('rendered once');
  expect((await leader).cache).toBe('staticgenerator; fwd=uri-miss');
  for (const answer of await Promise.all(followers)) {
    expect(answer).toMatchObject({ body: 'rendered once', cache: 'staticgenerator; hit' });
  }
});

test('followers never get a cookie of the leader: a page that is not storable is rendered for each of them', async () => {
  const site = await heldSite();
  const leader = site.request('/page');
  const render = await site.nextRender();
  const followers = await arrive(site, 3);
  render.response.cookie('session', 'leader').send('personal');
  expect((await leader).headers['set-cookie']).toEqual(['session=leader; Path=/']);
  for (const name of ['a', 'b', 'c'])
    (await site.nextRender()).response.cookie('session', name).send('personal');
  const cookies = (await Promise.all(followers)).map((answer) => answer.headers['set-cookie']?.[0]);
  expect(cookies.sort()).toEqual(['a', 'b', 'c'].map((name) => `session=${name}; Path=/`));
});

test('followers of a voided render are led anew, and see what the invalidation was for', async () => {
  const site = await heldSite();
  const leader = site.request('/page');
  const outdated = await site.nextRender();
  const followers = await arrive(site, 5);
  site.state.version = 2;
  await site.pages.quickDelete('/page');
  outdated.response.send(`version ${outdated.version}`);
  expect((await leader).body).toBe('version 1');
  const fresh = await site.nextRender();
  fresh.response.send(`version ${fresh.version}`);
  for (const answer of await Promise.all(followers)) expect(answer.body).toBe('version 2');
  expect(site.held).toHaveLength(0);
});

test.each([
  ['its path', '/page'],
  ['a glob', '/p*'],
  ['a tag that it has by then', { tag: 'data' }],
])('who comes after a deletion by %s does not wait for the render that it has voided', async (_, target) => {
  const site = await heldSite(['data']);
  const leader = site.request('/page');
  const outdated = await site.nextRender();
  site.state.version = 2;
  await site.pages.quickDelete(target);
  const late = site.request('/page');
  const fresh = await site.nextRender();
  // Requests that arrive now wait for the new render, although the old one has not ended.
  const followers = await arrive(site, 3);
  expect(site.held).toHaveLength(0);
  fresh.response.send(`version ${fresh.version}`);
  for (const answer of await Promise.all([late, ...followers])) expect(answer.body).toBe('version 2');
  outdated.response.send(`version ${outdated.version}`);
  expect((await leader).body).toBe('version 1');
  expect(await site.request('/page')).toMatchObject({ body: 'version 2', cache: 'staticgenerator; hit' });
});

test('who comes after a deletion by a tag waits until the render has the tag', async () => {
  const site = await heldSite();
  const leader = site.request('/page');
  const outdated = await site.nextRender();
  await site.pages.quickDelete({ tag: 'data' });
  const early = await arrive(site, 1);
  expect(site.held).toHaveLength(0);
  outdated.tag('data');
  const late = site.request('/page');
  const fresh = await site.nextRender();
  fresh.response.send('fresh');
  outdated.response.send('outdated');
  expect((await leader).body).toBe('outdated');
  for (const answer of await Promise.all([late, ...early])) expect(answer.body).toBe('fresh');
});

test('an unrelated delete costs who comes after it nothing either', async () => {
  const site = await heldSite(['data']);
  const leader = site.request('/page');
  const render = await site.nextRender();
  await site.pages.quickDelete('/other', '/other/**', { tag: 'other' });
  const [follower] = await arrive(site, 1);
  expect(site.held).toHaveLength(0);
  render.response.send('page');
  await leader;
  expect(await follower).toMatchObject({ body: 'page', cache: 'staticgenerator; hit' });
});

test('an unrelated delete costs followers nothing', async () => {
  const site = await heldSite();
  const leader = site.request('/page');
  const render = await site.nextRender();
  const [follower] = await arrive(site, 1);
  await site.pages.quickDelete('/other', { tag: 'other' });
  render.response.send('page');
  await leader;
  expect(await follower).toMatchObject({ body: 'page', cache: 'staticgenerator; hit' });
});

test('when the leader loses its connection, another leads', async () => {
  const site = await heldSite();
  const leader = site.request('/page');
  const lost = await site.nextRender();
  const [follower] = await arrive(site, 1);
  lost.response.destroy();
  await expect(leader).rejects.toThrow();
  (await site.nextRender()).response.send('page');
  expect((await follower)?.body).toBe('page');
});

test('a request that may not make the page waits too, and leads nobody', async () => {
  const site = await heldSite();
  const personal = site.request('/page', { headers: { cookie: 'theme=dark' } });
  const first = await site.nextRender();
  const leader = site.request('/page');
  const second = await site.nextRender();
  const waiting = site.request('/page', { headers: { cookie: 'theme=dark' } });
  await site.request('/not-found');
  expect(site.held).toHaveLength(0);
  first.response.send('for me');
  second.response.send('for all');
  expect((await personal).body).toBe('for me');
  expect((await leader).body).toBe('for all');
  expect(await waiting).toMatchObject({ body: 'for all', cache: 'staticgenerator; hit' });
});

describe('by the clock', () => {
  const SECONDS = 1000;
  const stored: RenderOutcome = { stored: { path: '/page', file: 'page.page.html', bytes: 4 } };
  const refused = (reason: 'voided' | 'set-cookie'): RenderOutcome => ({ refusal: { reason } });

  beforeEach(() => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
  });

  /** Begins a render that others can wait for, and returns a function that ends it. */
  function lead(coalescer: Coalescer, key = '/page') {
    let end: (outcome: RenderOutcome) => void = () => undefined;
    coalescer.lead(
      key,
      new Promise((resolve) => {
        end = resolve;
      }),
      () => false,
    );
    return async (outcome: RenderOutcome) => {
      end(outcome);
      await vi.advanceTimersByTimeAsync(0);
    };
  }

  /** Collects the outcome of a wait as soon as there is one. */
  function watch(wait: Promise<Wait> | undefined) {
    const seen: Wait[] = [];
    void wait?.then((end) => seen.push(end));
    return seen;
  }

  test('nobody waits longer than ten seconds for a render that hangs, however late it comes', async () => {
    const coalescer = new Coalescer();
    lead(coalescer);
    const early = watch(coalescer.follow('/page', endOfWait()));
    await vi.advanceTimersByTimeAsync(9 * SECONDS);
    const late = watch(coalescer.follow('/page', endOfWait()));
    expect([early, late]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(1 * SECONDS);
    expect([early, late]).toEqual([['render'], ['render']]);
    expect(coalescer.follow('/page', endOfWait())).toBeUndefined();
  });

  test('nobody waits longer than ten seconds for renders that are voided again and again', async () => {
    const coalescer = new Coalescer();
    const patience = endOfWait();
    for (let renders = 0; renders < 3; renders += 1) {
      const end = lead(coalescer);
      const wait = watch(coalescer.follow('/page', patience));
      await vi.advanceTimersByTimeAsync(3 * SECONDS);
      expect(wait).toEqual([]);
      await end(refused('voided'));
      expect(wait).toEqual(['look-again']);
    }
    lead(coalescer);
    const wait = watch(coalescer.follow('/page', patience));
    await vi.advanceTimersByTimeAsync(1 * SECONDS);
    expect(wait).toEqual(['render']);
  });

  test('a page that turned out not to be storable is waited for by nobody, for five seconds', async () => {
    const coalescer = new Coalescer();
    const end = lead(coalescer);
    const wait = watch(coalescer.follow('/page', endOfWait()));
    await end(refused('set-cookie'));
    expect(wait).toEqual(['render']);
    lead(coalescer);
    expect(coalescer.follow('/page', endOfWait())).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5 * SECONDS);
    expect(coalescer.follow('/page', endOfWait())).toBeDefined();
  });

  test('a page that was stored after all is waited for at once', async () => {
    const coalescer = new Coalescer();
    await lead(coalescer)(refused('set-cookie'));
    await lead(coalescer)(stored);
    lead(coalescer);
    expect(coalescer.follow('/page', endOfWait())).toBeDefined();
  });

  test('a thousand pages that are not storable are remembered, the newest ones', async () => {
    const coalescer = new Coalescer();
    for (let page = 0; page <= 1000; page += 1) await lead(coalescer, `/${page}`)(refused('set-cookie'));
    for (const page of [0, 1, 1000]) lead(coalescer, `/${page}`);
    expect(coalescer.follow('/0', endOfWait())).toBeDefined();
    expect(coalescer.follow('/1', endOfWait())).toBeUndefined();
    expect(coalescer.follow('/1000', endOfWait())).toBeUndefined();
  });
});
