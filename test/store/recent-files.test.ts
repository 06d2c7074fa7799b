import { closeSync, readdirSync } from 'node:fs';
import { chmod, mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPage } from '../../src/store/open-page.js';
import { RecentFiles } from '../../src/store/recent-files.js';
import { temporaryFolder } from '../helpers/temporary.js';

const MAX_READ_AT_ONCE = 256 * 1024;

/** Writes a file. Returns functions that read it, and that say how often it had to be opened. */
async function makeFile(text: string | Buffer) {
  const file = join(await temporaryFolder(), 'page.html');
  await writeFile(file, text);
  const recent = new RecentFiles();
  let opens = 0;
  const read = () =>
    recent.read(file, () => {
      opens += 1;
      return openPage(file);
    });
  const readText = () => {
    const page = read();
    return page !== undefined && 'bytes' in page ? Buffer.from(page.bytes).toString() : page;
  };
  return { file, read, text: readText, opens: () => opens };
}

test('a file that is unchanged is opened once', async () => {
  const { text, opens } = await makeFile('one');
  for (let times = 0; times < 5; times += 1) expect(text()).toBe('one');
  expect(opens()).toBe(1);
});

test('a file that was renamed into its place is read, though it has the same length and time', async () => {
  const { file, text } = await makeFile('one');
  expect(text()).toBe('one');
  const { mtime } = await stat(file);
  await writeFile(`${file}.new`, 'two');
  await utimes(`${file}.new`, mtime, mtime);
  await rename(`${file}.new`, file);
  expect(text()).toBe('two');
});

test('a file that was written anew in its place is read, though its time was set back', async () => {
  const { file, text } = await makeFile('one');
  await utimes(file, 1_000, 1_000);
  expect(text()).toBe('one');
  await writeFile(file, 'two');
  await utimes(file, 1_000, 1_000);
  expect(text()).toBe('two');
});

test('a file that was removed, and its folder, are not answered from memory', async () => {
  const { file, text } = await makeFile('one');
  expect(text()).toBe('one');
  await rm(file);
  expect(text()).toBeUndefined();
  await writeFile(file, 'two');
  expect(text()).toBe('two');
  await rm(join(file, '..'), { recursive: true });
  expect(text()).toBeUndefined();
});

test('a file that may no longer be read is opened again, which is where the rights are judged', async () => {
  const { file, text, opens } = await makeFile('one');
  expect(text()).toBe('one');
  await chmod(file, 0o000);
  try {
    text();
  } catch (error) {
    expect(error).toMatchObject({ code: 'EACCES' });
  }
  expect(opens()).toBe(2);
});

test('a folder or a link in its place is what opening it says', async () => {
  const { file, text } = await makeFile('one');
  expect(text()).toBe('one');
  await rename(file, `${file}.elsewhere`);
  await symlink(`${file}.elsewhere`, file);
  expect(() => text()).toThrow(expect.objectContaining({ code: 'ELOOP' }));
  await rm(file);
  await mkdir(file);
  expect(text()).toBeUndefined();
});

test('a large file is not kept: it is handed over open', async () => {
  const { read, opens } = await makeFile(Buffer.alloc(MAX_READ_AT_ONCE + 1));
  for (let times = 1; times <= 2; times += 1) {
    const page = read();
    if (page === undefined || !('descriptor' in page)) throw new Error('Expected the file to be open');
    closeSync(page.descriptor);
    expect(opens()).toBe(times);
  }
});

test('reading leaves no descriptor open', async () => {
  const { file, text } = await makeFile('0');
  const openFiles = () => readdirSync('/dev/fd').length;
  text();
  const before = openFiles();
  for (let version = 1; version < 50; version += 1) {
    await writeFile(file, String(version));
    expect(text()).toBe(String(version));
  }
  // Other tests of this process may still open and close some.
  expect(openFiles()).toBeLessThan(before + 10);
});

test('what is kept is bounded: the files that were not read for longest are forgotten', async () => {
  const folder = await temporaryFolder();
  const recent = new RecentFiles();
  const opens = new Map<string, number>();
  const read = (name: string) =>
    recent.read(join(folder, name), () => {
      opens.set(name, (opens.get(name) ?? 0) + 1);
      return openPage(join(folder, name));
    });
  const names = Array.from({ length: 140 }, (_, index) => `page-${index}`);
  for (const name of names) await writeFile(join(folder, name), Buffer.alloc(MAX_READ_AT_ONCE));
  for (const name of names) {
    read(name);
    read('page-0');
  }
  read('page-1');
  expect(opens.get('page-0')).toBe(1);
  expect(opens.get('page-1')).toBe(2);
});
