import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { stagePage } from '../../src/store/stage-page.js';
import { temporaryFolder } from '../helpers/temporary.js';

const body = Buffer.from('<p>some text that is often repeated</p>\n'.repeat(100));
const modifiedSeconds = 1_700_000_000;
const contentType = 'text/html; charset=utf-8';

test('a page and its codings are in files of one time, in the folder that was named', async () => {
  const folder = await temporaryFolder();
  const { page, codings } = stagePage({ folder, body, contentType, modifiedSeconds });
  const [br = '', gzip = ''] = [codings.get('br'), codings.get('gzip')];
  expect(await readFile(page)).toEqual(body);
  expect(brotliDecompressSync(await readFile(br))).toEqual(body);
  expect(gunzipSync(await readFile(gzip))).toEqual(body);
  expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual([page, br, gzip].sort());
  for (const file of [page, br, gzip]) expect((await stat(file)).mtimeMs).toBe(modifiedSeconds * 1000);
});

test('without a type, and of bytes that do not get smaller, there is only the page', async () => {
  const folder = await temporaryFolder();
  for (const type of [undefined, 'image/png']) {
    const { page, codings } = stagePage({ folder, body, contentType: type, modifiedSeconds });
    expect([await readFile(page), codings.size]).toEqual([body, 0]);
  }
});

test('what cannot be written whole leaves nothing behind', async () => {
  const folder = await temporaryFolder();
  // NaN is no valid time, so staging fails at its last step, which sets the time.
  expect(() => stagePage({ folder, body, contentType, modifiedSeconds: Number.NaN })).toThrow();
  expect(await readdir(folder)).toEqual([]);
  expect(() => stagePage({ folder: join(folder, 'missing'), body, contentType, modifiedSeconds })).toThrow(
    expect.objectContaining({ code: 'ENOENT' }),
  );
});
