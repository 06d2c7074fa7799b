import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  removeTemporary,
  removeTemporarySync,
  TEMPORARY_SUFFIX,
  writeTemporary,
  writeTemporarySync,
} from '../../src/files/temporary.js';
import { temporaryFolder } from '../helpers/temporary.js';

const writers: [string, typeof writeTemporary][] = [
  ['beside the event loop', writeTemporary],
  ['in one go', async (...given) => writeTemporarySync(...given)],
];
const removers: [string, typeof removeTemporary][] = [
  ['beside the event loop', removeTemporary],
  ['in one go', async (file) => removeTemporarySync(file)],
];

describe.each(writers)('a temporary file, written %s,', (_how, write) => {
  test('has the bytes and the mtime that it was given', async () => {
    const folder = await temporaryFolder();
    const bytes = Buffer.from([0, 255, 128, 10]);
    const file = await write(folder, bytes, 0x7fffffff);
    expect(await readFile(file)).toEqual(bytes);
    expect((await stat(file)).mtimeMs).toBe(0x7fffffff * 1000);
  });

  test.each([0o000, 0o022, 0o077, 0o777])('can be read by everybody under the umask %i', async (mask) => {
    const folder = await temporaryFolder();
    const before = process.umask(mask);
    onTestFinished(() => {
      process.umask(before);
    });
    const file = await write(folder, Buffer.from('a'), 0);
    expect(((await stat(file)).mode & 0o7777).toString(8)).toBe('644');
  });

  test('has a random name of a fixed length, in the folder that was given', async () => {
    const folder = await temporaryFolder();
    const files = await Promise.all(Array.from({ length: 50 }, () => write(folder, Buffer.from('a'), 0)));
    expect(new Set(files).size).toBe(50);
    for (const file of files) {
      expect(dirname(file)).toBe(folder);
      expect(basename(file)).toMatch(/^[0-9a-f]{32}\.tmp$/);
      expect(file.endsWith(TEMPORARY_SUFFIX)).toBe(true);
    }
  });

  test('may be empty, and may be large', async () => {
    const folder = await temporaryFolder();
    expect((await stat(await write(folder, Buffer.alloc(0), 0))).size).toBe(0);
    expect((await stat(await write(folder, Buffer.alloc(5_000_000, 'x'), 0))).size).toBe(5_000_000);
  });

  test('leaves nothing behind if it cannot be completed', async () => {
    const folder = await temporaryFolder();
    // Not a valid time for a file, so the last step fails.
    await expect(write(folder, Buffer.from('a'), Number.NaN)).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is refused in a folder that is not there', async () => {
    const folder = await temporaryFolder();
    await expect(write(join(folder, 'missing'), Buffer.from('a'), 0)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe.each(removers)('removing a temporary file %s', (_how, remove) => {
  test('removes it, and is content if it is gone', async () => {
    const folder = await temporaryFolder();
    const file = await writeTemporary(folder, Buffer.from('a'), 0);
    await remove(file);
    await remove(file);
    expect(await readdir(folder)).toEqual([]);
  });

  test('rejects if it cannot be removed', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a/b'), '');
    await expect(remove(join(folder, 'a'))).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:EISDIR|EPERM)$/),
    });
  });
});
