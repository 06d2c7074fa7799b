/** How commands and exports treat pages with includes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { composeSite } from '../../src/site.js';
import { send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { freeUdpPort, hitsOf, statisticsOf } from '../operate/hits/counted-site.js';
import { blogRoutes, type IncludingSite, postFor, startFront, startIncluding } from './including-site.js';

const OPTIONS = {
  urls: [{ match: /^\/posts\//, as: 'nobody' as const }],
  islands: { urls: [/^\/island\//], include: 'ssi' as const },
  hosts: ['localhost'],
};

/** Returns the parts of a site as a command composes them while the app runs. */
function commandOf(site: IncludingSite) {
  const command = composeSite({ ...OPTIONS, logger: false, webRoot: site.webRoot }, { makesPages: false });
  onTestFinished(() => command.close());
  command.publisher.attach(site.app);
  return command;
}

test('a page that is what the app renders does not differ, and one that is not does', async () => {
  let version = 1;
  const site = await startIncluding('embedded', (app, pages) => {
    app.get('/posts/changed', (_, response) => {
      response.send(`<p>${version}</p>${pages.island('/island/menu')}`);
    });
    blogRoutes(app, pages);
  });
  for (const path of ['/posts/1', '/posts/changed']) await site.store(path);
  const { verifier, ledger } = commandOf(site);
  expect([...ledger.pages()].map(({ path, file, servedBy }) => [path, file, servedBy])).toEqual([
    ['/posts/1', 'posts/1.page.html;ssi', 'nginx'],
    ['/posts/changed', 'posts/changed.page.html;ssi', 'nginx'],
  ]);
  expect(await verifier.verify()).toMatchObject({ verified: 2, differences: [], failures: [] });
  version = 2;
  const { differences } = await verifier.verify();
  expect(differences.map(({ path, isVolatile }) => [path, isVolatile])).toEqual([['/posts/changed', false]]);
  expect(JSON.stringify(differences)).toContain('-<p>1</p>');
});

test('an export has islands for the script', async () => {
  const site = await startIncluding('embedded', (app, pages) => {
    blogRoutes(app, pages);
    pages.route('/posts/:id', { params: ['1'] });
  });
  const folder = join(await temporaryFolder(onTestFinished), 'export');
  await site.pages.exportSite(folder);
  const file = ['posts/1.html', 'posts/1/index.html', 'posts/1']
    .map((name) => join(folder, name))
    .find(existsSync);
  const html = readFileSync(file ?? '', 'utf8');
  expect(html).toContain('<span data-island="/island/menu"><a href="/login">Sign in</a></span><script ');
  expect(html).not.toContain('<!--');
});

test('a page with includes that the ledger does not know is deleted by its path', async () => {
  const site = await startIncluding('embedded', blogRoutes);
  await site.store('/posts/1');
  writeFileSync(site.fileOf('/posts/2'), readFileSync(site.fileOf('/posts/1')));
  await site.pages.quickDelete('/posts/2');
  expect([existsSync(site.fileOf('/posts/1')), existsSync(site.fileOf('/posts/2'))]).toEqual([true, false]);
});

test('hits of nginx are counted, and what is put into them is none', async () => {
  const countHits = { port: await freeUdpPort(), oneIn: 1 };
  const site = await startIncluding('nginx', blogRoutes, { countHits });
  await site.store('/posts/1');
  for (let time = 0; time < 3; time += 1)
    expect((await site.front('/posts/1')).cache).toBe('staticgenerator; hit');
  await expect.poll(() => hitsOf(statisticsOf(site.webRoot)), { timeout: 20_000 }).toBe(3);
});

test('an nginx that keeps whatever the app answers keeps no island', async () => {
  const site = await startIncluding('embedded', blogRoutes);
  await site.store('/posts/1');
  const folder = join(await temporaryFolder(onTestFinished), 'cache');
  const keeping = [
    `proxy_cache_path ${folder} keys_zone=all:1m;`,
    'proxy_cache all;',
    'proxy_cache_valid any 1h;',
    'proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;',
  ];
  const port = await startFront(site, site.port, keeping.join('\n'));
  for (const name of ['ada', 'bob']) {
    const { body } = await send(port, '/posts/1', { headers: { cookie: `sid=${name}` } });
    expect(body).toBe(postFor(`<b>${name}</b>`));
  }
});
