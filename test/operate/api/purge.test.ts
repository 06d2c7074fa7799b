import { describe, expect, onTestFinished, test } from 'vitest';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { send } from '../../helpers/site/site.js';
import { type ApiSite, bearer, startApiSite, TOKEN, withDocument } from './site.js';

/** Starts a site that accepts PURGE at its own URLs. */
async function startPurged(options: Parameters<typeof startApiSite>[0] = {}): Promise<ApiSite> {
  return await startApiSite({
    routes: (app, pages) => app.use(pages.api({ authorize: { token: TOKEN } }).purge),
    ...options,
  });
}

async function purge(site: ApiSite, path: string, headers = {}) {
  return withDocument(await site.request(path, { method: 'PURGE', headers: { ...bearer, ...headers } }));
}

const stored = ['/', '/a', '/a/b', '/ab', '/tagged/tea/1', '/tagged/oak/1'];

describe('PURGE', () => {
  test.each<[string, string, object, readonly string[]]>([
    ['of a page', '/a', {}, ['/a']],
    ['with a query', '/a?x=1', {}, ['/a']],
    ['of what begins so', '/a*', {}, ['/a', '/a/b', '/ab']],
    ['of what is in a folder, which is a form of the page', '/a/*', {}, ['/a', '/a/b']],
    ['of everything', '/*', {}, stored],
    ['as plugins of WordPress send it', '/a', { 'x-purge-method': 'default' }, ['/a']],
    ['of everything, as these send it', '/.*', { 'x-purge-method': 'regex' }, stored],
    ['of a beginning, as these send it', '/tagged/.*', { 'x-purge-method': 'regex' }, stored.slice(4)],
    ['by tags', '/', { xkey: 'tea  oak' }, stored.slice(4)],
    ['of nothing that is stored', '/c', {}, []],
  ])('%s deletes just that', async (_what, path, headers, gone) => {
    const site = await startPurged();
    for (const one of stored) await site.visit(one);
    const { status, document, cache } = await purge(site, path, headers);
    expect({ status, deleted: document.deleted.toSorted() }).toEqual({
      status: 200,
      deleted: gone.toSorted(),
    });
    expect(cache).not.toContain('hit');
    expect((await site.call('/pages')).document.pages.length).toBe(stored.length - gone.length);
  });

  test('goes by the Host', async () => {
    const hosts = ['one.example', 'two.example'];
    const site = await startPurged({ hosts });
    for (const host of hosts) await site.visit('/a', { headers: { host } });
    expect((await purge(site, '/a', { host: 'one.example:8080' })).document.deleted).toEqual(['/a']);
    expect((await site.call('/pages')).document.pages).toMatchObject([{ host: 'two.example' }]);
    const other = await purge(site, '/a', { host: 'three.example' });
    expect(other).toMatchObject({ status: 400, document: { code: 'ERR_BAD_TARGET' } });
  });

  test.each<[string, string, object]>([
    ['a pattern within', '/a*b', {}],
    ['a pattern within a beginning', '/[a]*', {}],
    ['a regex that is more', '/(a|b)', { 'x-purge-method': 'regex' }],
    ['a regex that is more, at its beginning', '/(a|b).*', { 'x-purge-method': 'regex' }],
    ['an unknown method of purging', '/a', { 'x-purge-method': 'soft' }],
    ['a bad tag', '/a', { xkey: 'x'.repeat(600) }],
  ])('with %s is a problem, and deletes nothing', async (_what, path, headers) => {
    const site = await startPurged();
    for (const one of ['/a', '/b']) await site.visit(one);
    expect((await purge(site, path, headers)).status).toBe(400);
    for (const one of ['/a', '/b']) expect(await site.ask(one)).toBe('hit');
  });

  test('without the token deletes nothing, and other methods pass', async () => {
    const site = await startPurged();
    await site.visit('/a');
    expect((await site.request('/a', { method: 'PURGE' })).status).toBe(401);
    expect(await site.ask('/a')).toBe('hit');
    expect((await site.request('/b', { method: 'POST' })).body).toBe('page /b');
  });

  test('is noted once, and not as an unsafe request too', async () => {
    const site = await startPurged();
    await purge(site, '/a');
    expect((await site.call('/stats')).document.invalidations).toHaveLength(1);
  });

  test('is taken by the API itself too', async () => {
    const site = await startApiSite();
    await site.visit('/_pages/a');
    expect((await purge(site, '/_pages/a')).document).toMatchObject({ counts: { deleted: 0 } });
  });

  test('passes the generated nginx, which then finds no page', async () => {
    const site = await startPurged();
    const port = await freePort();
    const listen = [`127.0.0.1:${port}`];
    const text = site.pages.nginx({ form: 'whole', listen, upstreams: [`127.0.0.1:${site.port}`] });
    const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
    onTestFinished(() => nginx.stop());
    await expect.poll(async () => (await send(port, '/a')).cache).toBe('staticgenerator; hit');
    const before = (await site.call('/stats')).document.counters.hit ?? 0;
    await send(port, '/a');
    // nginx served the page.
    expect((await site.call('/stats')).document.counters.hit ?? 0).toBe(before);
    expect((await send(port, '/a', { method: 'PURGE' })).status).toBe(401);
    expect((await send(port, '/a')).cache).toBe('staticgenerator; hit');
    const answer = await send(port, '/a', { method: 'PURGE', headers: bearer });
    expect(withDocument(answer).document.deleted).toEqual(['/a']);
    expect((await send(port, '/a')).cache).toContain('fwd=');
  });
});
