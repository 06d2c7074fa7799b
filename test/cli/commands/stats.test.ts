import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeSite } from '../../../src/site.js';
import { PATIENCE_MS } from '../../helpers/patience.js';
import { startSite } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { freeUdpPort, statisticsOf as read } from '../../operate/hits/counted-site.js';
import { run, siteFolder } from '../run.js';

const PATIENCE = { timeout: PATIENCE_MS };

async function visitedSite(): Promise<string> {
  const { folder, webRoot } = await siteFolder();
  const site = await startSite(
    (app) => {
      app.get('/personal', (_request, response) => response.cookie('a', 'b').send('x'));
      app.get('/node', (_request, response) => response.set('X-Only', 'node').send('12345'));
      app.use((_request, response) => response.send('12345'));
    },
    { webRoot },
  );
  for (const path of ['/a', '/b', '/node', '/personal']) await site.visit(path);
  await site.request('/a');
  await site.request('/a?x=1');
  await site.pages.quickDelete('/b', { tag: 'nobody' });
  await site.pages.close();
  return folder;
}

test('pages, requests, refusals and invalidations are counted', async () => {
  const folder = await visitedSite();
  const { code, stdout, stderr } = await run(['stats', '--json'], { folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const figures = JSON.parse(stdout);
  expect(figures).toMatchObject({
    ...{ pages: 2, bytes: 10, servedByNode: 1 },
    counters: { hit: 1, stored: 3, 'refused:set-cookie': 1, 'bypass:query': 1 },
  });
  expect(figures.invalidations).toMatchObject([
    { kind: 'tag', value: 'nobody', applied: true },
    { kind: 'path', value: '/b', applied: true },
  ]);
});

test('what warming and exports leave in the log is no invalidation', async () => {
  const { folder, webRoot } = await siteFolder();
  const site = await startSite(
    (app, pages) => {
      app.get('/a', (_request, response) => response.send('12345'));
      pages.route('/a');
    },
    { webRoot },
  );
  await site.pages.quickDelete('/a');
  for (let round = 0; round < 12; round += 1)
    await site.pages.exportSite(join(await temporaryFolder(), 'site'), { notFound: false });
  await site.pages.close();
  const { warmer, publisher, close } = composeSite(
    { webRoot, urls: [/^\//], logger: false },
    { makesPages: false },
  );
  publisher.attach(site.app);
  await warmer.warm({ seeds: [], depth: 0, isExcluded: () => false, onlyMissing: false });
  await close();
  const { invalidations } = JSON.parse((await run(['stats', '--json'], { folder })).stdout);
  expect(invalidations).toMatchObject([{ kind: 'path', value: '/a' }]);
  expect((await run(['stats'], { folder })).stdout).not.toMatch(/staticgenerator-export|everything/);
});

test('for people they are tables', async () => {
  const folder = await visitedSite();
  const { stdout } = await run(['stats'], { folder });
  expect(stdout).toMatch(/^2 pages, 10 B, 1 of them served by Node only$/m);
  expect(stdout).toMatch(/^refused: set-cookie +1 {2}the response sets a cookie/m);
  expect(stdout).not.toContain('others got');
  expect(stdout).toMatch(/^tag nobody +\d{4}-/m);
});

test('what nginx reported is shown as ratios, by rule and by page', async () => {
  const { folder, webRoot } = await siteFolder();
  const { ledger, close } = composeSite({ webRoot, urls: [/^\//], logger: false }, { makesPages: true });
  const rules = new Map([
    ['/^\\/posts\\//', { nginx: 1_998, node: 1, misses: 1, bytes: 2_000_000 }],
    ['/^\\/$/', { nginx: 0, node: 0, misses: 1, bytes: 0 }],
  ]);
  const visited = { rules, pages: [{ host: '', path: '/posts/a', hits: 1_998 }] };
  await ledger.note({ counts: new Map([['nginx:200', 1_998]]), refusals: [], nginx: undefined, visited });
  await close();
  const { visits } = JSON.parse((await run(['stats', '--json'], { folder })).stdout);
  expect(visits).toEqual({
    ...{ nginx: 1_998, node: 1, misses: 2, bytes: 2_000_000, hitRatio: 1_999 / 2_001 },
    rules: [
      { rule: '/^\\/posts\\//', nginx: 1_998, node: 1, misses: 1, bytes: 2_000_000, hitRatio: 1_999 / 2_000 },
      { rule: '/^\\/$/', nginx: 0, node: 0, misses: 1, bytes: 0, hitRatio: 0 },
    ],
    pages: [{ host: '', path: '/posts/a', hits: 1_998 }],
  });
  const { stdout } = await run(['stats'], { folder });
  expect(stdout).toMatch(/^Hit ratio of pages: 99\.9 % \(nginx 1998, Node 1, rendered 2\)$/m);
  expect(stdout).toMatch(/^\/\^\\\/posts\\\/\/ +99\.9 % +1998 +1 +1 /m);
  expect(stdout).toMatch(/^\/posts\/a +1998$/m);
  expect(stdout).toMatch(/^nginx: 200 +1998 {2}pages that nginx sent$/m);
});

test('a site whose nginx reports nothing is told so', async () => {
  const { folder, webRoot } = await siteFolder({ countHits: { port: 9_999, oneIn: 1 } });
  const { ledger, close } = composeSite({ webRoot, urls: [/^\//], logger: false }, { makesPages: true });
  const note = async (misses: number) => {
    const visited = { rules: new Map([['/^\\//', { nginx: 0, node: 0, misses, bytes: 0 }]]), pages: [] };
    await ledger.note({ counts: new Map(), refusals: [], nginx: { fingerprint: 'a', at: 1 }, visited });
    return (await run(['stats'], { folder })).stdout;
  };
  expect(await note(9)).not.toContain('no hit');
  expect(await note(1)).toMatch(/^nginx has reported no hit\n-> .*UDP port 9999/m);
  await close();
});

test('URLs that contradict themselves, read headers or show what was sent are named, with what to do', async () => {
  const { folder, webRoot } = await siteFolder();
  let isRobot = false;
  const site = await startSite(
    (app) => {
      app.get('/a', (_request, response) => void (isRobot ? response.send('x') : response.redirect('/b')));
      app.get(
        '/reads',
        (request, response) => void response.send(isRobot ? 'x' : `shop ${request.get('x-shop')}`),
      );
      app.get('/shows', (request, response) => void response.send(`sent ${request.get('x-request-id')}`));
      app.get(
        '/read',
        (request, response) => void response.send(isRobot ? 'x' : `shop ${request.get('x-shop')}`),
      );
    },
    { webRoot },
  );
  await site.visit('/a');
  for (const path of ['/reads', '/read']) expect((await site.visit(path)).outcome).toBe('reads-header');
  await site.visit('/shows', { headers: { 'x-request-id': '0af7651916cd43dd' } });
  isRobot = true;
  expect((await site.visit('/a')).outcome).toBe('contradicts');
  expect((await site.visit('/read')).outcome).toBe('stored');
  await site.pages.close();
  const { stdout } = await run(['stats'], { folder });
  expect(stdout).toMatch(/^not stored, .*: \/reads \(x-shop\)\n-> add the header to `ignoreHeaders`/m);
  expect(stdout).toMatch(/^not stored, .*: \/shows \(x-request-id\)\n-> leave it out of the page/m);
  expect(stdout).toMatch(/^refused: contradicts +1 {2}another visitor got/m);
  expect(stdout).toMatch(
    /^not stored, .*: \/a \(others got status 302\)\n-> if you have fixed the cause, run `staticgenerator delete`.* otherwise mount our middleware before/m,
  );
});

test('a site that has not been started yet has no figures, which is no error', async () => {
  const { folder } = await siteFolder();
  const { code, stdout } = await run(['stats', '--json'], { folder });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    pages: 0,
    bytes: 0,
    servedByNode: 0,
    counters: {},
    invalidations: [],
  });
});

test('what leaves because of a bound is shown, and why', async () => {
  const { folder, webRoot } = await siteFolder({ maxPages: 2 });
  const site = await startSite((app) => app.use((_request, response) => void response.send('12345')), {
    webRoot,
    maxPages: 2,
  });
  for (const path of ['/a', '/b', '/c']) await site.visit(path);
  await site.pages.close();
  const figures = JSON.parse((await run(['stats', '--json'], { folder })).stdout);
  expect(figures).toMatchObject({
    counters: { 'evicted:max-pages': 1 },
    room: { pages: 2, bytes: 8_192, evicted: [{ path: '/a', hits: 0, bytes: 4_096, cause: 'max-pages' }] },
  });
  expect(Date.parse(figures.room.evicted[0].at)).toBeGreaterThan(0);
  const { stdout } = await run(['stats'], { folder });
  expect(stdout).toMatch(/^On the disk: 2 pages, 8\.0 KiB with compressed forms \(maxPages 2\)$/m);
  expect(stdout).toMatch(/^Deleted last, to make room +Hits +Because of +When$/m);
  expect(stdout).toMatch(/^\/a +0 +maxPages +/m);
  expect(stdout).toMatch(/^evicted: max-pages +1 +pages deleted to stay within maxPages$/m);
});

test('rules whose pages nobody asks for twice are named, with the line that mends it', async () => {
  const urls = [/^\/tags\//, /^\/posts\//, { match: /^\/days\//, storeAfter: 2 }];
  const countHits = { port: await freeUdpPort(), oneIn: 1 };
  const { folder, webRoot } = await siteFolder();
  const configured = (options: object) =>
    writeFile(
      join(folder, 'staticgenerator.config.mjs'),
      `export default { webRoot: ${JSON.stringify(webRoot)}, countHits: ${JSON.stringify(countHits)},
        urls: [/^\\/tags\\//, /^\\/posts\\//, { match: /^\\/days\\//, storeAfter: 2 }], ...${JSON.stringify(options)} };`,
    );
  await rm(join(folder, 'staticgenerator.config.json'));
  await configured({});
  const site = await startSite((app) => app.use((_request, response) => void response.send('12345')), {
    ...{ webRoot, urls, countHits },
  });
  const ask = async (kind: string, from: number, to: number, times = 1) => {
    for (let page = from; page < to; page += 1)
      for (let time = 0; time < times; time += 1) await site.ask(`/${kind}/${page}`);
  };
  await ask('tags', 0, 99);
  await ask('posts', 0, 100, 2);
  for (let page = 0; page < 100; page += 1) {
    await site.request(`/days/${page}`);
    expect((await site.visit(`/days/${page}`)).outcome).toBe('stored');
  }
  // No visitor requested a page that is published ahead.
  await site.pages.quickPublish('/tags/ahead');
  const shown = async (options: object = {}) => {
    await site.request('/tags/0');
    await configured(options);
    return (await run(['stats'], { folder })).stdout;
  };
  await expect.poll(async () => read(webRoot).storedByRule.get(String(/^\/posts\//)), PATIENCE).toBe(100);
  expect(await shown()).not.toContain('few visitors request the same page');
  await ask('tags', 99, 100);
  await expect.poll(async () => read(webRoot).storedByRule.get(String(/^\/tags\//)), PATIENCE).toBe(100);
  const stdout = await shown();
  expect(stdout).toMatch(
    /^few visitors request the same page of \/\^\\\/tags\\\/\/: 100 pages were stored for visitors, and only \d requests were answered without a render$/m,
  );
  expect(stdout).toContain(
    '-> store them at their second request, with this rule in `urls`: { match: /^\\/tags\\//, storeAfter: 2 }',
  );
  expect(stdout.match(/few visitors request the same page/g)).toHaveLength(1);
  expect(stdout).not.toContain('rule-stored');
  // With the default sampling, so few requests show nothing.
  expect(await shown({ countHits: { ...countHits, oneIn: 100 } })).not.toContain(
    'few visitors request the same page',
  );
  expect(await shown({ countHits: false })).not.toContain('few visitors request the same page');
  await site.pages.close();
});
