import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeNewFile } from '../../../src/export/folder/new-file.js';
import { contentHash, modifiedSecondsOf } from '../../../src/store/content-hash.js';
import { temporaryFolder } from '../../helpers/temporary.js';

const body = Buffer.from('<p>Grüße</p>');

test('a file is written with its folder; its time is made of its content, which it gives the hash of', async () => {
  const path = join(await temporaryFolder(), 'a/b/index.html');
  const before = process.umask(0o077);
  onTestFinished(() => void process.umask(before));
  expect(writeNewFile({ path, body, mode: 0o644 })).toBe(contentHash(body));
  expect(await readFile(path)).toEqual(body);
  const { mode, mtimeMs } = await stat(path);
  expect([mode & 0o777, mtimeMs]).toEqual([0o644, modifiedSecondsOf(contentHash(body)) * 1000]);
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o755);
});

test('a file that is there is not written over, nor one where a folder is a file', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a'), 'there');
  await mkdir(join(folder, 'b'));
  for (const name of ['a', 'b', 'a/index.html'])
    expect(() => writeNewFile({ path: join(folder, name), body, mode: 0o644 })).toThrow(
      expect.objectContaining({ code: 'EEXIST' }),
    );
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('there');
});
