import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { Stager } from '../../src/store/stager.js';
import { PATIENCE_MS } from '../helpers/patience.js';
import { temporaryFolder } from '../helpers/temporary.js';

const HTML = 'text/html; charset=utf-8';
const PICTURE = 'image/png';

async function start() {
  const folder = await temporaryFolder();
  const stager = new Stager((error) => {
    throw error;
  });
  onTestFinished(() => stager.close());
  const stage = (body: Buffer, contentType: string | undefined, into = folder) =>
    stager.stage({ folder: into, body, contentType, modifiedSeconds: 1 });
  return { folder, stager, stage };
}

test('pages of every size are staged whole', async () => {
  const { folder, stage } = await start();
  const [small, large] = [Buffer.from('<p>small</p>'), Buffer.from('<p>large</p>'.repeat(1_000))];
  const staged = await Promise.all([stage(small, HTML), stage(large, HTML), stage(large, undefined)]);
  const read = await Promise.all(staged.map(({ page }) => readFile(page)));
  expect(read).toEqual([small, large, large]);
  expect(gunzipSync(await readFile(staged[1].codings.get('gzip') ?? ''))).toEqual(large);
  expect(await readdir(folder)).toHaveLength(5);
});

test('small pages that come together are all staged before anything is done with one of them', async () => {
  const { folder, stage } = await start();
  const pages = ['a', 'b', 'c'].map((text) => stage(Buffer.from(text), HTML));
  expect(readdirSync(folder)).toEqual([]);
  const found = pages.map(async (page) => {
    await page;
    return readdirSync(folder).length;
  });
  expect(await Promise.all(found)).toEqual([3, 3, 3]);
});

test('a small page that cannot be staged keeps none of the others from it', async () => {
  const { folder, stage } = await start();
  const outcomes = await Promise.allSettled([
    stage(Buffer.from('a'), HTML),
    stage(Buffer.from('b'), HTML, join(folder, 'missing')),
    stage(Buffer.from('c'), HTML),
  ]);
  expect(outcomes).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'ENOENT' } },
    { status: 'fulfilled' },
  ]);
});

test('when it is closed, no page is staged, and those that were asked for before are', async () => {
  const { stager, stage } = await start();
  const before = stage(Buffer.from('a'), HTML);
  const closed = stager.close();
  for (const body of [Buffer.from('b'), Buffer.alloc(10_000, 'b')])
    await expect(stage(body, HTML)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  expect(await readFile((await before).page, 'utf8')).toBe('a');
  await closed;
});

/** Stages a page in a process that must not start threads. Returns whether it has tried to. */
async function asksForThread(bytes: number, contentType: string): Promise<boolean> {
  const module = new URL('../../dist/store/stager.js', import.meta.url).href;
  const script = `import { Stager } from '${module}';
    const stager = new Stager(() => console.log('no thread'));
    const order = { folder: process.argv[1], body: Buffer.alloc(${bytes}, 'a'), contentType: '${contentType}', modifiedSeconds: 1 };
    // Nor may it change the mode of a file.
    await stager.stage(order).catch(({ code }) => console.log(code));`;
  const { allowedNodeEnvironmentFlags: flags } = process;
  const permission = flags.has('--permission') ? '--permission' : '--experimental-permission';
  const rights = [permission, '--allow-fs-read=*', '--allow-fs-write=*', '--input-type=module'];
  const given = [...rights, '--eval', script, await temporaryFolder()];
  const { stdout } = await promisify(execFile)(process.execPath, given, { timeout: PATIENCE_MS });
  expect(stdout).toMatch(/^(?:no thread\n)?ERR_ACCESS_DENIED\n$/);
  return stdout.startsWith('no thread\n');
}

test.each([
  ['a page without codings that takes one block', 4_096, PICTURE, false],
  ['a page without codings that takes two', 4_097, PICTURE, true],
  ['a text that is too short for codings', 1_023, HTML, false],
  ['a text that gets codings', 1_024, HTML, true],
])('%s: staged in a thread?', async (_what, bytes, type, expected) => {
  expect(await asksForThread(bytes, type)).toBe(expected);
});
