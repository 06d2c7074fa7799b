import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeSite } from '../../../src/site.js';
import { startSite } from '../../helpers/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { run, siteFolder } from '../run.js';

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
  expect(stdout).toMatch(/^not stored, .*: \/reads \(x-shop\)\n-> name the header in `ignoreHeaders`/m);
  expect(stdout).toMatch(/^not stored, .*: \/shows \(x-request-id\)\n-> leave it out of the page/m);
  expect(stdout).toMatch(/^refused: contradicts +1 {2}another visitor got/m);
  expect(stdout).toMatch(/^not stored, .*: \/a \(others got status 302\)\n-> mount our middleware before/m);
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
