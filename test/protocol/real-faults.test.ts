import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveConfig } from '../../src/config.js';
import { generateNginx } from '../../src/front/nginx/generate.js';
import { readPages, temporaryFiles } from '../helpers/protocol/faults/disk.js';
import { canMount, makeReadOnly, mountMemory } from '../helpers/protocol/faults/mounts.js';
import { type RemoteLine, RemoteSite } from '../helpers/protocol/hosts/remote-site.js';
import { type ReadPage, readPage } from '../helpers/protocol/soak-reader.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { temporaryFolder } from '../helpers/temporary.js';

const isRoot = process.getuid?.() === 0;
/** Enough for Node to read its modules concurrently. The test itself uses up the rest. */
const FEW_DESCRIPTORS = ['-c', 'ulimit -n 256; exec "$0" "$@"', process.execPath];

interface SiteOptions {
  /** A subfolder of the test's own folder. Default: `pages`. */
  readonly name?: string;
  /** Whether an unprivileged user runs the site, if this process has privileges. */
  readonly unprivileged?: boolean;
  readonly fewDescriptors?: boolean;
  /** Called with WEB_ROOT before the site starts. */
  readonly prepare?: (webRoot: string) => void;
}

/** Starts a site in its own process, and creates the data that its pages are rendered from. */
async function startSite({ name = 'pages', unprivileged, fewDescriptors, prepare }: SiteOptions = {}) {
  const folder = await temporaryFolder();
  chmodSync(folder, 0o755);
  const [webRoot, versionFile] = [join(folder, name), join(folder, 'version')];
  const write = (version: number) => writeFileSync(versionFile, String(version));
  write(1);
  mkdirSync(webRoot, { recursive: true });
  prepare?.(webRoot);
  const user = isRoot && unprivileged === true ? { user: nobody() } : {};
  if (isRoot && unprivileged === true) give(webRoot, 'nobody');
  const limited = fewDescriptors === true ? { execPath: '/bin/sh', execArgv: FEW_DESCRIPTORS } : {};
  const site = await RemoteSite.start({ webRoot, versionFile, ...user }, limited);
  onTestFinished(() => site.stop());
  // One persistent connection, because a process without file descriptors accepts no new one.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const read = (path: string, port = site.port): Promise<ReadPage> => readPage(agent, port, path, 'identity');
  /** Requests a page until it is stored: after a fault, the site pauses for a while. */
  const store = async (path: string) => {
    await expect.poll(async () => (await read(path)).isHit).toBe(true);
  };
  const warnings = async () => (await site.log()).filter(({ level }) => level === 'warn');
  return { webRoot, site, write, read, store, warnings };
}

function nobody(): { readonly user: number; readonly group: number } {
  const ask = (what: string) => Number(spawnSync('id', [what, 'nobody'], { encoding: 'utf8' }).stdout);
  return { user: ask('-u'), group: ask('-g') };
}

function give(folder: string, user: string): void {
  const { status } = spawnSync('chown', ['-R', user, folder]);
  expect(status).toBe(0);
}

type Started = Awaited<ReturnType<typeof startSite>>;

/**
 * Checks that visitors get the page and that nothing of it is stored. However often they request it, the fault is
 * logged once.
 */
async function checkVisitors(
  { webRoot, read, warnings }: Started,
  path: string,
  fault: RegExp,
): Promise<void> {
  const before = readPages(webRoot).length;
  for (let visits = 0; visits < 10; visits += 1) {
    const { content, isHit } = await read(path);
    expect(content.path).toBe(path);
    expect(isHit).toBe(false);
  }
  expect(readPages(webRoot)).toHaveLength(before);
  // The site tries to store the page after it has answered, so the warning may come later.
  const told: RemoteLine[] = [];
  await expect.poll(async () => told.push(...(await warnings()))).toBeGreaterThan(0);
  await expect.poll(() => temporaryFiles(webRoot)).toEqual([]);
  told.push(...(await warnings()));
  // A timer that meets the same fault meanwhile logs it under its own name.
  const faults = told.map((line) => line.fault).filter((name) => name !== 'noting figures');
  expect(faults).toEqual([expect.stringMatching(fault)]);
}

describe.skipIf(!canMount)('with file systems of their own (mounting needs root)', () => {
  test('a full disk: visitors are served, a deletion says if it fails, and all works again afterwards', async () => {
    let filler = '';
    const started = await startSite({ prepare: (webRoot) => void mountMemory(webRoot, '2m') });
    const { webRoot, site, write, read, store } = started;
    await store('/stored');
    filler = join(webRoot, '.staticgenerator', 'filler');
    fill(filler);
    await checkVisitors(started, '/page', /^(?:ENOSPC|SQLITE_FULL)$/);
    write(2);
    const outcome = await site.delete('/stored').then(
      () => 'deleted',
      (error: { code?: string }) => error.code,
    );
    expect(outcome).toMatch(/^(?:deleted|ERR_LEDGER_UNUSABLE)$/);
    expect(readPages(webRoot)).toEqual([]);
    expect((await read('/stored')).content.version).toBe(2);
    rmSync(filler);
    await site.delete('/stored');
    expect((await read('/stored')).content.version).toBe(2);
    await store('/page');
  });

  test('a disk that became read-only: a deletion rejects, by tag again and again, and Node serves the page no more', async () => {
    const started = await startSite();
    const { webRoot, site, write, read, store } = started;
    await store('/stored-1');
    const undo = makeReadOnly(webRoot);
    await checkVisitors(started, '/page', /^EROFS$/);
    write(2);
    for (const target of [{ tag: 'all' }, '/stored-1', { tag: 'ends-in-1' }, '/*'])
      await expect(site.delete(target)).rejects.toMatchObject({
        code: 'ERR_DELETE_FAILED',
        message: expect.stringContaining('stored-1.page.html'),
      });
    expect(await read('/stored-1')).toMatchObject({ isHit: false, content: { version: 2 } });
    undo();
    await site.delete({ tag: 'ends-in-1' });
    expect(readPages(webRoot)).toEqual([]);
    await store('/page');
  });

  test('a folder on another file system: its pages are not stored, and nothing of them is left there', async () => {
    const started = await startSite();
    const { webRoot, site, read, store } = started;
    mkdirSync(join(webRoot, 'blog'));
    const undo = mountMemory(join(webRoot, 'blog'), '1m');
    await checkVisitors(started, '/blog/page', /^EXDEV$/);
    await site.delete('/blog/page', '/blog/**', { tag: 'all' });
    expect((await read('/blog/page')).isHit).toBe(false);
    undo();
    await store('/blog/page');
  });
});

test('a file that may not be deleted: the deletion rejects with its name, and neither nginx nor Node serves it', async () => {
  const started = await startSite({ unprivileged: true });
  const { webRoot, site, write, read, store } = started;
  const port = await startFront(webRoot, site.port);
  await store('/blog/page-1');
  const folder = join(webRoot, 'blog');
  const undo = forbidWriting(folder);

  write(2);
  for (const target of ['/blog/page-1', { tag: 'ends-in-1' }, '/blog/*', { tag: 'all' }])
    await expect(site.delete(target)).rejects.toMatchObject({
      code: 'ERR_DELETE_FAILED',
      message: expect.stringContaining('blog/page-1.page.html'),
    });
  // If the folder is the site's own, the site makes it writable for a moment and removes the files. Otherwise their
  // mode is 0.
  const left = isRoot ? ['page-1.page.html', 'page-1.page.html.gz', 'page-1.page.html.br'] : [];
  for (const one of left) expect(statSync(join(folder, one)).mode & 0o777, one).toBe(0);
  for (const asked of [port, site.port])
    expect(await read('/blog/page-1', asked)).toMatchObject({ isHit: false, content: { version: 2 } });

  undo();
  await site.delete({ tag: 'ends-in-1' });
  expect(readPages(webRoot)).toEqual([]);
  await store('/blog/page-1');
  expect(await read('/blog/page-1', port)).toMatchObject({ isHit: true, content: { version: 2 } });
});

test('a file in a folder that has lost its mode, and that nginx has open: the deletion rejects, and nobody serves it', async () => {
  const { webRoot, site, write, read, store } = await startSite({ unprivileged: true });
  const port = await startFront(webRoot, site.port);
  await store('/blog/page-1');
  expect((await read('/blog/page-1', port)).isHit).toBe(true);
  const folder = join(webRoot, 'blog');
  chmodSync(folder, 0o555);
  write(2);
  await expect(site.delete('/blog/page-1')).rejects.toMatchObject({
    code: 'ERR_DELETE_FAILED',
    message: expect.stringContaining('blog/page-1.page.html'),
  });
  for (const asked of [port, site.port])
    expect(await read('/blog/page-1', asked)).toMatchObject({ isHit: false, content: { version: 2 } });
  expect(statSync(folder).mode & 0o777).toBe(0o555);
  chmodSync(folder, 0o755);
  await site.delete('/blog/page-1');
  await store('/blog/page-1');
});

/** Starts nginx with its generated configuration. Its workers have no privileges. */
async function startFront(webRoot: string, upstream: number): Promise<number> {
  const port = await freePort();
  const config = resolveConfig({ webRoot, urls: [/^\//], logger: false });
  const options = {
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: [`127.0.0.1:${upstream}`],
  } as const;
  const nginx = await startNginx(generateNginx(config, options));
  onTestFinished(() => nginx.stop());
  return port;
}

/** Forbids the site to write into a folder that it may read. */
function forbidWriting(folder: string): () => void {
  if (isRoot) give(folder, 'root');
  // The files still belong to the site, which may change their modes.
  if (isRoot) spawnSync('sh', ['-c', `chown nobody "$0"/*`, folder]);
  chmodSync(folder, 0o555);
  return () => {
    chmodSync(folder, 0o755);
    if (isRoot) give(folder, 'nobody');
  };
}

test('no file descriptor left: visitors are served, and a deletion is carried out', async () => {
  const started = await startSite({ fewDescriptors: true });
  const { webRoot, site, write, read, store } = started;
  await store('/stored');
  expect(await site.hog()).toBeGreaterThan(5);
  await checkVisitors(started, '/page', /^EMFILE$/);
  write(2);
  await site.delete('/stored');
  expect(readPages(webRoot)).toEqual([]);
  await site.unhog();
  expect((await read('/stored')).content.version).toBe(2);
  await store('/page');
});

test('a folder where the page should lie: the page is not stored, and a deletion says that something is in the way', async () => {
  const started = await startSite();
  const { webRoot, site, store, read, warnings } = started;
  mkdirSync(join(webRoot, 'page.page.html'));
  await checkVisitors(started, '/page', /^(?:EISDIR|ENOTEMPTY|EEXIST)$/);
  await expect(site.delete('/page')).rejects.toMatchObject({
    code: 'ERR_DELETE_FAILED',
    message: expect.stringContaining('page.page.html'),
  });
  // Further requests log nothing new, and do not stop other pages from being stored at their first request.
  for (let visits = 0; visits < 10; visits += 1) {
    await read('/page');
    await read(`/other-${visits}`);
    await expect.poll(async () => (await read(`/other-${visits}`)).isHit).toBe(true);
  }
  expect(await warnings()).toEqual([]);
  rmdirSync(join(webRoot, 'page.page.html'));
  await store('/page');
});

test('a file where a folder should be: the page is not stored, and the file is left alone', async () => {
  const started = await startSite();
  const { webRoot, site, store } = started;
  const file = join(webRoot, 'blog');
  await store('/other');
  const content = '{"path":"theirs","version":0,"tags":[],"render":""}\n\nend\n';
  writeFileSync(file, content);
  await checkVisitors(started, '/blog/page', /^(?:ENOTDIR|EEXIST)$/);
  await site.delete('/blog/page', '/blog/**', { tag: 'all' });
  expect(statSync(file).size).toBe(content.length);
  rmSync(file);
  await store('/blog/page');
});

test('the longest path that can be a page, under the longest WEB_ROOT that SQLite takes', async () => {
  const { site, webRoot, store } = await startSite({ name: `${'w'.repeat(200)}/${'r'.repeat(180)}` });
  const path = `/${Array.from({ length: 13 }, () => 'p'.repeat(225)).join('/')}`;
  await store(path);
  expect(readPages(webRoot)).toHaveLength(1);
  await site.delete(path);
  expect(readPages(webRoot)).toEqual([]);
});

function fill(file: string): void {
  const chunk = Buffer.alloc(4096);
  try {
    for (;;) writeFileSync(file, chunk, { flag: 'a' });
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
}
