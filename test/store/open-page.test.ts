import { closeSync, readSync } from 'node:fs';
import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type OpenPage, openPage } from '../../src/store/open-page.js';
import { temporaryFolder } from '../helpers/temporary.js';

async function place(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'page.html');
  await writeFile(file, text);
  return file;
}

function opened(file: string): OpenPage {
  const page = openPage(file);
  if (page === undefined) throw new Error(`${file} is not there`);
  return page;
}

function readAndClose({ descriptor, size }: OpenPage): string {
  const bytes = Buffer.alloc(size + 1);
  const count = readSync(descriptor, bytes);
  closeSync(descriptor);
  return bytes.toString('utf8', 0, count);
}

test('is one version, whatever happens to its name', async () => {
  const file = await place('one');
  const replaced = opened(file);
  await writeFile(`${file}.new`, 'two');
  await rename(`${file}.new`, file);
  const removed = opened(file);
  await rm(file);
  expect(readAndClose(replaced)).toBe('one');
  expect(readAndClose(removed)).toBe('two');
});

test('has the entity tag of whole seconds, as nginx makes it', async () => {
  const file = await place('page');
  await utimes(file, 1_000, 1_000.999);
  const page = opened(file);
  expect(page).toMatchObject({ entityTag: '"3e8-4"', size: 4 });
  closeSync(page.descriptor);
});

test('is none where there is none, and where a folder is in its place', async () => {
  const folder = await temporaryFolder();
  expect(openPage(join(folder, 'page.html'))).toBeUndefined();
  await mkdir(join(folder, 'page.html'));
  expect(openPage(join(folder, 'page.html'))).toBeUndefined();
});

test('is refused through a symbolic link, which may lead anywhere', async () => {
  const file = await place('secret');
  await symlink(file, `${file}.link`);
  expect(() => openPage(`${file}.link`)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
});
