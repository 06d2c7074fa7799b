import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFileSync } from '../../src/files/create-file.js';
import { temporaryFolder } from '../helpers/temporary.js';

const status = { mode: 0o640, modifiedSeconds: 1_700_000_000 };

test.each([0o000, 0o077])(
  'a file has the mode and the time that it was given under the umask %i',
  async (mask) => {
    const path = join(await temporaryFolder(), 'a');
    const before = process.umask(mask);
    onTestFinished(() => void process.umask(before));
    createFileSync(path, Buffer.from([0, 255, 10]), status);
    expect(await readFile(path)).toEqual(Buffer.from([0, 255, 10]));
    const { mode, mtimeMs } = await stat(path);
    expect([mode & 0o777, mtimeMs]).toEqual([status.mode, status.modifiedSeconds * 1000]);
  },
);

test('a file that is there is not written over', async () => {
  const path = join(await temporaryFolder(), 'a');
  await writeFile(path, 'there');
  expect(() => createFileSync(path, Buffer.from('new'), status)).toThrow(
    expect.objectContaining({ code: 'EEXIST' }),
  );
  expect(await readFile(path, 'utf8')).toBe('there');
});
