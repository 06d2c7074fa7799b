import { EventEmitter, once } from 'node:events';
import type { Response } from 'express';
import { expect, test } from 'vitest';
import { type Site, startSite } from '../helpers/site.js';

interface Held {
  readonly response: Response;
  readonly version: number;
}

/** A site whose renders of `/page` wait until the test answers them, one by one. */
async function heldSite() {
  const held: Held[] = [];
  const arrivals = new EventEmitter();
  const state = { version: 1 };
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => {
      held.push({ response, version: state.version });
      arrivals.emit('render');
    });
  });
  const nextRender = async (): Promise<Held> => {
    while (held.length === 0) await once(arrivals, 'render', { signal: AbortSignal.timeout(10_000) });
    const [render] = held.splice(0, 1);
    if (render === undefined) throw new Error('No render is held');
    return render;
  };
  return { ...site, state, held, nextRender };
}

/** Requests that have all come to the middleware when this resolves: the page is asked for after them. */
async function arrive(site: Site, count: number) {
  const answers = Array.from({ length: count }, () => site.request('/page'));
  // A bypass of the same path answers only after the requests before it have been taken up.
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
