/** What a power cut leaves: a ledger and files from different moments, and files whose bytes never arrived. */
import { copyFile, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Express } from 'express';
import { describe, expect, test } from 'vitest';
import type { StaticGenerator } from '../../src/static-generator.js';
import { changeLedgerFile } from '../helpers/databases/ledger-file.js';
import { type Site, startSite } from '../helpers/site/site.js';

const text = 'A sentence that compresses well. '.repeat(100);
const routes = (app: Express, pages: StaticGenerator) =>
  app.use((request, response) => {
    pages.tag('all', `page:${request.path}`);
    response.send(`<p>${request.path} ${text}</p>`);
  });

const STRAYS = 'pages that are not in the ledger were removed';
const DAMAGED = 'pages whose files no longer matched the ledger were removed';
const ledgerOf = (webRoot: string) => join(webRoot, '.staticgenerator', 'ledger.sqlite');

/** Returns the WEB_ROOT of a site that has stored pages and is closed. */
async function closedWebRoot(paths: readonly string[]): Promise<string> {
  const site = await startSite(routes);
  for (const path of paths) expect((await site.visit(path)).outcome).toBe('stored');
  await site.pages.close();
  return site.webRoot;
}

function inLedger(webRoot: string, sql: string): void {
  changeLedgerFile(ledgerOf(webRoot), 'PRAGMA foreign_keys = ON', sql);
}

const bootAnew = (webRoot: string) => inLedger(webRoot, "UPDATE ground SET value = 'an earlier boot'");
const loseRow = (webRoot: string, path: string) =>
  inLedger(webRoot, `DELETE FROM pages WHERE path = '${path}'`);

async function filesIn(webRoot: string): Promise<string[]> {
  const names = await readdir(webRoot, { recursive: true });
  return names.filter((name) => !name.startsWith('.staticgenerator')).sort();
}

async function isHit(site: Site, path: string): Promise<boolean> {
  return (await site.request(path)).cache === 'staticgenerator; hit';
}

describe('a page whose row was lost', () => {
  test.each([{ tag: 'page:/lost' }, '/**', '/lo*'])('is gone when %j has been deleted', async (target) => {
    const webRoot = await closedWebRoot(['/kept', '/lost']);
    loseRow(webRoot, '/lost');
    bootAnew(webRoot);
    const site = await startSite(routes, { webRoot });
    await site.pages.quickDelete(target);
    expect((await filesIn(webRoot)).filter((name) => name.startsWith('lost'))).toEqual([]);
  });

  test('is gone by a tag as soon as the deletion resolves, among however many', async () => {
    const webRoot = await closedWebRoot(['/kept']);
    const page = await readFile(join(webRoot, 'kept.page.html'));
    for (let number = 0; number < 300; number += 1)
      await writeFile(join(webRoot, `lost-${number}.page.html`), page);
    bootAnew(webRoot);
    const site = await startSite(routes, { webRoot });
    await site.pages.quickDelete({ tag: 'whatever' });
    expect((await filesIn(webRoot)).filter((name) => name.startsWith('lost'))).toEqual([]);
    expect(await isHit(site, '/kept')).toBe(true);
  });

  test('is removed by the start alone, loudly; what is not a page stays', async () => {
    const webRoot = await closedWebRoot(['/kept', '/lost', '/blog/lost']);
    const theirs = ['blog/photo.tiff', 'lost.docx'];
    for (const name of theirs) await writeFile(join(webRoot, name), 'theirs');
    loseRow(webRoot, '/lost');
    loseRow(webRoot, '/blog/lost');
    bootAnew(webRoot);
    const site = await startSite(routes, { webRoot });
    const line = await site.logger.waitFor(({ message }) => message === STRAYS);
    expect(line.level).toBe('warn');
    expect((line.fields.first as string[]).sort()).toEqual(['blog/lost.page.html', 'lost.page.html']);
    expect((await filesIn(webRoot)).filter((name) => !name.startsWith('kept'))).toEqual(['blog', ...theirs]);
  });

  test('and whose coding alone is left goes, and is made anew whole', async () => {
    const webRoot = await closedWebRoot(['/page']);
    loseRow(webRoot, '/page');
    await rm(join(webRoot, 'page.page.html'));
    bootAnew(webRoot);
    const site = await startSite(routes, { webRoot });
    await site.logger.waitFor(({ message }) => message === STRAYS);
    expect(await filesIn(webRoot)).toEqual([]);
    expect((await site.visit('/page')).outcome).toBe('stored');
    expect(await filesIn(webRoot)).toEqual(['page.page.html', 'page.page.html.br', 'page.page.html.gz']);
  });
});

describe('after a boot', () => {
  const file = 'damaged.page.html';
  const modes: readonly [string, (webRoot: string) => Promise<unknown>][] = [
    ['a page without its bytes', (webRoot) => shorten(join(webRoot, file), 0)],
    ['a page without its end', (webRoot) => shorten(join(webRoot, file), 1000)],
    ['a page of zeros', (webRoot) => zero(join(webRoot, file))],
    ['a page of another time', (webRoot) => utimes(join(webRoot, file), 1, 1)],
    ['a gzip coding without its bytes', (webRoot) => shorten(join(webRoot, `${file}.gz`), 0)],
    ['a br coding without its end', (webRoot) => shorten(join(webRoot, `${file}.br`), 20)],
    ['a br coding of zeros', (webRoot) => zero(join(webRoot, `${file}.br`))],
    ['a page without its coding', (webRoot) => rm(join(webRoot, `${file}.gz`))],
    ['a page that is gone', (webRoot) => rm(join(webRoot, file))],
  ];

  test.each(modes)('%s goes with all its files; others stay', async (_name, damage) => {
    const webRoot = await closedWebRoot(['/kept', '/damaged']);
    await damage(webRoot);
    bootAnew(webRoot);
    const site = await startSite(routes, { webRoot });
    const line = await site.logger.waitFor(({ message }) => message === DAMAGED);
    expect(line.fields).toMatchObject({ pages: 1, first: [file] });
    expect((await filesIn(webRoot)).filter((name) => name.startsWith('damaged'))).toEqual([]);
    expect(await isHit(site, '/kept')).toBe(true);
    expect(await site.visit('/damaged')).toMatchObject({ outcome: 'stored', status: 200 });
  });

  test('a page that only Node serves is looked at too', async () => {
    const serving = (app: Express) =>
      app.use((_request, response) => response.set('X-Only', 'here').send(`<p>${text}</p>`));
    const before = await startSite(serving);
    expect((await before.visit('/page')).outcome).toBe('stored');
    await before.pages.close();
    const folder = join(before.webRoot, '.staticgenerator', 'node-only');
    const [name] = (await readdir(folder, { recursive: true })).filter(
      (one) => one.length > 32 && !one.includes('.'),
    );
    await shorten(join(folder, String(name)), 0);
    bootAnew(before.webRoot);
    const site = await startSite(serving, { webRoot: before.webRoot });
    await site.logger.waitFor(({ message }) => message === DAMAGED);
    expect((await site.visit('/page')).body).toContain(text);
  });

  test('it is looked once: the next start trusts the ledger', async () => {
    const webRoot = await closedWebRoot(['/page', '/lost']);
    loseRow(webRoot, '/lost');
    bootAnew(webRoot);
    const first = await startSite(routes, { webRoot });
    await first.logger.waitFor(({ message }) => message === 'the stored pages were compared with the ledger');
    await first.pages.close();
    expect(await filesIn(webRoot)).not.toContain('lost.page.html');
    // Only a comparison with the ledger would remove this file.
    await copyFile(join(webRoot, 'page.page.html'), join(webRoot, 'stray.page.html'));
    const second = await startSite(routes, { webRoot });
    await second.pages.quickDelete({ tag: 'nothing' });
    expect(await filesIn(webRoot)).toContain('stray.page.html');
  });
});

describe('a ledger that was copied back from a backup', () => {
  const restored = async (webRoot: string, backup: string) => {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${ledgerOf(webRoot)}${suffix}`, { force: true });
    await copyFile(backup, ledgerOf(webRoot));
  };

  test('does not hide the pages that it does not know from the next start', async () => {
    const webRoot = await closedWebRoot(['/old']);
    const backup = join(webRoot, '.staticgenerator', 'backup');
    await copyFile(ledgerOf(webRoot), backup);
    const before = await startSite(routes, { webRoot });
    expect((await before.visit('/new')).outcome).toBe('stored');
    await before.pages.close();
    await restored(webRoot, backup);
    const site = await startSite(routes, { webRoot });
    await site.pages.quickDelete({ tag: 'page:/new' });
    expect(await filesIn(webRoot)).toEqual(['old.page.html', 'old.page.html.br', 'old.page.html.gz']);
  });

  test.each(['delete', 'regenerate'] as const)(
    'does not hide the pages that it does not know from a running process (%s)',
    async (refresh) => {
      const webRoot = await closedWebRoot(['/old']);
      const backup = join(webRoot, '.staticgenerator', 'backup');
      await copyFile(ledgerOf(webRoot), backup);
      const site = await startSite(routes, { webRoot });
      expect((await site.visit('/new')).outcome).toBe('stored');
      await restored(webRoot, backup);
      await site.pages.quickDelete({ tag: 'page:/new' }, { refresh });
      expect(await filesIn(webRoot)).toEqual(['old.page.html', 'old.page.html.br', 'old.page.html.gz']);
    },
  );
});

/** Shortens a file as if not all its bytes had been written back: its time stays right. */
async function shorten(path: string, size: number): Promise<void> {
  const { mtime } = await stat(path);
  await truncate(path, size);
  await utimes(path, mtime, mtime);
}

async function zero(path: string): Promise<void> {
  const { mtime, size } = await stat(path);
  await writeFile(path, Buffer.alloc(size));
  await utimes(path, mtime, mtime);
}
