import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import type { Response } from 'express';
import { expect, test } from 'vitest';
import { type Site, startSite } from '../helpers/site/site.js';

/** Starts a site whose pages show a version. The test decides how they answer. */
async function versionedSite(options = {}) {
  const state = { version: 1, answer: (response: Response, text: string): unknown => response.send(text) };
  const site = await startSite((app, pages) => {
    app.get(['/a', '/b', '/other'], (request, response) => {
      pages.tag(request.path === '/other' ? 'other' : 'post');
      state.answer(response, `version ${state.version}`);
    });
  }, options);
  for (const path of ['/a', '/b', '/other']) expect((await site.visit(path)).outcome).toBe('stored');
  state.version = 2;
  return { ...site, state };
}

const seen = async (site: Site, path: string) => {
  const { body, cache } = await site.request(path, { headers: { cookie: 'unknown=1' } });
  return cache.endsWith('hit') ? body : 'none';
};

test('pages are replaced in place, and only those that are named', async () => {
  const site = await versionedSite();
  const report = await site.pages.quickDelete({ tag: 'post' }, { refresh: 'regenerate' });
  expect(report).toEqual({ deleted: [], regenerated: ['/a', '/b'], kept: [], notPages: [] });
  expect(await seen(site, '/a')).toBe('version 2');
  expect(await seen(site, '/other')).toBe('version 1');
});

test('the old page is served while the new one is rendered', async () => {
  const site = await versionedSite();
  const events = new EventEmitter();
  site.state.answer = async (response, text) => {
    events.emit('rendering');
    await once(events, 'go on');
    response.send(text);
  };
  const rendering = once(events, 'rendering');
  const report = site.pages.quickDelete('/a', { refresh: 'regenerate' });
  await rendering;
  expect(await seen(site, '/a')).toBe('version 1');
  events.emit('go on');
  expect((await report).regenerated).toEqual(['/a']);
  expect(await seen(site, '/a')).toBe('version 2');
});

test.each<[string, (response: Response) => unknown, string]>([
  ['an error', (response) => response.status(500).send('no'), 'status'],
  ['an overloaded app', (response) => response.status(503).send('no'), 'status'],
  ['a broken connection', (response) => response.destroy(), 'render-failed'],
])('after %s the last good copy stays', async (_name, answer, reason) => {
  const site = await versionedSite();
  site.state.answer = answer;
  const report = await site.pages.quickDelete('/a', { refresh: 'regenerate' });
  expect(report).toMatchObject({ deleted: [], regenerated: [], kept: [{ path: '/a', reason }] });
  expect(await seen(site, '/a')).toBe('version 1');
});

test.each<[string, (response: Response) => unknown]>([
  ['gone with 404', (response) => response.status(404).send('no')],
  ['gone with 410', (response) => response.status(410).send('no')],
  ['moved', (response) => response.redirect(301, '/other')],
  ['personal now', (response) => response.cookie('a', 'b').send('yours')],
])('a page that is %s is removed at once', async (_name, answer) => {
  const site = await versionedSite();
  site.state.answer = answer;
  const report = await site.pages.quickDelete('/a', { refresh: 'regenerate' });
  expect(report).toEqual({ deleted: ['/a'], regenerated: [], kept: [], notPages: [] });
  expect(await seen(site, '/a')).toBe('none');
});

test('a render from before is not stored over the new page', async () => {
  const site = await versionedSite();
  await site.pages.quickDelete('/a');
  const events = new EventEmitter();
  const waiting = once(events, 'rendering');
  site.state.answer = async (response, text) => {
    events.emit('rendering');
    await once(events, 'go on');
    response.send(text);
  };
  const slow = site.visit('/a');
  await waiting;
  site.state.version = 3;
  site.state.answer = (response, text) => response.send(text);
  await site.pages.quickDelete('/a', { refresh: 'regenerate' });
  events.emit('go on');
  expect((await slow).outcome).toBe('voided');
});

test('the option of the site is what a call without one does', async () => {
  const site = await versionedSite({ refresh: 'regenerate' });
  expect((await site.pages.quickDelete('/a')).regenerated).toEqual(['/a']);
  expect((await site.pages.quickDelete('/b', { refresh: 'delete' })).deleted).toEqual(['/b']);
});

test('another value of refresh, and regenerating without an app, are refused before anything happens', async () => {
  const site = await versionedSite();
  const wrong = { refresh: 'later' } as unknown as '/a';
  await expect(site.pages.quickDelete('/a', wrong)).rejects.toMatchObject({ code: 'ERR_BAD_TARGET' });
  expect(await seen(site, '/a')).toBe('version 1');
  const { staticGenerator } = await import('../../src/static-generator.js');
  const alone = staticGenerator({ webRoot: `${site.webRoot}-alone`, urls: [/^\//], logger: false });
  await expect(alone.quickDelete('/', { refresh: 'regenerate' })).rejects.toMatchObject({
    code: 'ERR_NOT_ATTACHED',
  });
  await alone.close();
});

/** Starts a site whose page /views counts its views in the record that it shows. Counting begins when this returns. */
async function countingSite(count: (work: () => Promise<void>) => Promise<void>) {
  const state = { views: 0, renders: 0, isCounting: false };
  const site = await startSite(
    (app, pages) => {
      const tracker = pages.track();
      app.get(['/views', '/other'], async (request, response) => {
        state.renders += 1;
        tracker.read('Post', 1);
        if (state.isCounting && request.path === '/views')
          await count(async () => {
            state.views += 1;
            await tracker.changed({ entity: 'Post', id: 1, action: 'update' });
          });
        response.send(`${state.views} views`);
      });
    },
    { refresh: 'regenerate' },
  );
  for (const path of ['/views', '/other']) expect((await site.visit(path)).outcome).toBe('stored');
  state.isCounting = true;
  return { ...site, state };
}

test('a page whose render changes what it shows is not rendered anew for it, nor stored', async () => {
  const site = await countingSite((work) => work());
  await site.pages.quickDelete('/views', { refresh: 'delete' });
  site.state.renders = 0;
  expect(await site.visit('/views')).toMatchObject({ outcome: 'changes-itself', body: '1 views' });
  expect(await seen(site, '/views')).toBe('none');
  // Another page that shows the record is not stored either: it could do the same, and cause renders of this page.
  expect(await seen(site, '/other')).toBe('none');
  const report = await site.pages.quickDelete('/views', '/other', { refresh: 'regenerate' });
  expect(report).toMatchObject({ regenerated: [] });
  // Each look renders a page too, and may make the other one out of date. An endless loop would cause hundreds of
  // renders.
  expect(site.state.renders).toBeLessThan(10);
});

test('renders without end that nobody can be told from saves are bounded, and told', async () => {
  // As in a job queue whose worker was started with the app, outside of any request.
  const outside = AsyncLocalStorage.snapshot();
  const site = await countingSite((work) => outside(work));
  const from = site.logger.lines.length;
  await site.pages.quickDelete('/views', { refresh: 'regenerate' });
  await site.logger.waitFor(({ message }) => message.startsWith('a page was rendered again and again'), from);
  expect(await seen(site, '/views')).toBe('none');
});
