import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Express } from 'express';
import { expect, test } from 'vitest';
import type { StaticGenerator } from '../../src/static-generator.js';
import { changeLedgerFile } from '../helpers/databases/ledger-file.js';
import { type Site, startSite } from '../helpers/site/site.js';

const routes = (app: Express, pages: StaticGenerator) =>
  app.use((request, response) => {
    pages.tag('all');
    response.send(`page ${request.path}`);
  });

const ledgerOf = (webRoot: string) => join(webRoot, '.staticgenerator', 'ledger.sqlite');
const isHit = async (site: Site, path: string) =>
  (await site.request(path, { headers: { cookie: 'unknown=1' } })).cache === 'staticgenerator; hit';

/** Returns the WEB_ROOT of a site that has stored pages and is closed. */
async function closedWebRoot(paths = ['/page', '/blog/']): Promise<string> {
  const site = await startSite(routes);
  for (const path of paths) expect((await site.visit(path)).outcome).toBe('stored');
  await site.pages.close();
  return site.webRoot;
}

async function removeLedger(webRoot: string) {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${ledgerOf(webRoot)}${suffix}`, { force: true });
}

test.each<[string, (webRoot: string) => Promise<unknown>]>([
  ['lost', removeLedger],
  [
    'damaged',
    async (webRoot) => {
      await removeLedger(webRoot);
      await writeFile(ledgerOf(webRoot), Buffer.alloc(8192, 'not a database'));
    },
  ],
  [
    'of another program',
    async (webRoot) => {
      await removeLedger(webRoot);
      changeLedgerFile(ledgerOf(webRoot), 'CREATE TABLE theirs (x)');
    },
  ],
])(
  'a ledger that is %s means a cold start: our pages go, loudly, and nothing else does',
  async (_name, harm) => {
    const webRoot = await closedWebRoot();
    const theirs = ['notes.docx', 'index.php', 'page.page.html.bak', 'blog/photo.tiff'];
    for (const name of theirs) await writeFile(join(webRoot, name), 'theirs');
    await harm(webRoot);

    const site = await startSite(routes, { webRoot });
    expect(await isHit(site, '/page')).toBe(false);
    const { level } = await site.logger.waitFor(
      ({ message }) => message === 'pages that are not in the ledger were removed',
    );
    expect(level).toBe('warn');
    const left = (await readdir(webRoot, { recursive: true })).filter(
      (name) => !name.startsWith('.staticgenerator'),
    );
    expect(left.sort()).toEqual([...theirs, 'blog'].sort());
    expect((await site.visit('/page')).outcome).toBe('stored');
  },
);

test('a damaged ledger is moved aside, not removed', async () => {
  const webRoot = await closedWebRoot();
  await removeLedger(webRoot);
  await writeFile(ledgerOf(webRoot), Buffer.alloc(8192, 'not a database'));
  const site = await startSite(routes, { webRoot });
  const line = await site.logger.waitFor(({ level }) => level === 'error');
  expect(await readdir(join(webRoot, '.staticgenerator'))).toContain(
    String(line.fields.movedTo).split('/').at(-1),
  );
});

test('a ledger of another format is refused, with what to do', async () => {
  const webRoot = await closedWebRoot();
  changeLedgerFile(ledgerOf(webRoot), 'PRAGMA user_version = 99');
  await expect(startSite(routes, { webRoot })).rejects.toMatchObject({
    code: 'ERR_LEDGER_VERSION',
    message: expect.stringContaining('Use the release that wrote it'),
  });
});

test('WEB_ROOT removed while the site runs: visitors notice nothing, and pages are stored again', async () => {
  const site = await startSite(routes);
  expect((await site.visit('/page')).outcome).toBe('stored');
  await rm(site.webRoot, { recursive: true });
  expect(await site.visit('/page')).toMatchObject({ status: 200, body: 'page /page' });
  await expect.poll(async () => (await site.visit('/again')).outcome).toBe('stored');
  expect(await isHit(site, '/again')).toBe(true);
  expect((await site.pages.quickDelete({ tag: 'all' })).deleted).toContain('/again');
});

test('WEB_ROOT replaced by somebody else’s folder: visitors notice nothing, and the folder is left alone', async () => {
  const site = await startSite(routes);
  await rename(site.webRoot, `${site.webRoot}-away`);
  await mkdir(site.webRoot);
  await writeFile(join(site.webRoot, 'precious'), 'theirs');
  expect(await site.visit('/page')).toMatchObject({ status: 200, outcome: 'fault' });
  expect(await readdir(site.webRoot)).toEqual(['precious']);
  await expect(site.pages.quickDelete('/page')).rejects.toMatchObject({ code: 'ERR_WEB_ROOT_FOREIGN' });
});

test('a folder deleted by hand is a miss at once, and after a restart its pages are forgotten', async () => {
  const webRoot = await closedWebRoot(['/blog/one', '/blog/two', '/page']);
  const site = await startSite(routes, { webRoot });
  await rm(join(webRoot, 'blog'), { recursive: true });
  expect(await isHit(site, '/blog/one')).toBe(false);
  expect(await isHit(site, '/page')).toBe(true);
  await site.pages.close();
  const next = await startSite(routes, { webRoot });
  expect((await next.logger.waitFor(({ message }) => message.includes('forgotten'))).fields).toMatchObject({
    pages: 2,
  });
});

test.each([
  ['that was not applied', 0],
  ['that was to be regenerated', 2],
])('an invalidation of a process that died, %s, is finished at the next start', async (_name, applied) => {
  const webRoot = await closedWebRoot();
  changeLedgerFile(
    ledgerOf(webRoot),
    `INSERT INTO invalidations (kind, value, applied, at) VALUES ('tag', 'all', ${applied}, 0)`,
  );
  const site = await startSite(routes, { webRoot });
  await site.logger.waitFor(({ message }) => message === 'an unfinished deletion was completed');
  expect(await isHit(site, '/page')).toBe(false);
  expect((await readdir(webRoot)).sort()).toEqual(['.staticgenerator']);
});

test('an invalidation that another process left is finished by the next one that stores a page', async () => {
  const site = await startSite(routes);
  expect((await site.visit('/page')).outcome).toBe('stored');
  changeLedgerFile(
    ledgerOf(site.webRoot),
    "INSERT INTO invalidations (kind, value, applied, at) VALUES ('path', '/page', 0, 0)",
  );
  expect((await site.visit('/other')).outcome).toBe('stored');
  await site.logger.waitFor(({ message }) => message === 'an unfinished deletion was completed');
  expect(await isHit(site, '/page')).toBe(false);
});
