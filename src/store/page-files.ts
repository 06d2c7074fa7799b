import { opendir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { storedCodings } from '../files/compress.js';
import { pageOfFile } from '../page/layout.js';
import type { WebRoot } from './web-root.js';

/** The suffixes that codings add to the name of a page's file. */
export const codingSuffixes = Object.values(storedCodings);

/** How many entries of a folder are read at once. */
const FOLDER_ENTRIES = 1024;

/**
 * Lists the pages under WEB_ROOT that the layout proves to be ours, including those that have only a coding left. A
 * page is listed once for each of its files.
 */
export async function* pagesUnder(webRoot: WebRoot, hosts: readonly string[]): AsyncIterable<string> {
  const { path, nodeOnlyFolder } = webRoot;
  for await (const file of filesIn(path, webRoot))
    if (isPageFile(relative(path, file), hosts)) yield withoutSuffix(relative(path, file));
  for await (const file of filesIn(join(path, nodeOnlyFolder), webRoot))
    yield withoutSuffix(relative(path, file));
}

/** Lists all files in a folder and in its subfolders, except the private folder. */
async function* filesIn(top: string, { stateFolder }: WebRoot): AsyncIterable<string> {
  const pending = [top];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = await opendir(folder, { bufferSize: FOLDER_ENTRIES }).catch(ignoreMissing);
    for await (const entry of entries ?? []) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && path !== stateFolder) pending.push(path);
      if (entry.isFile()) yield path;
    }
  }
}

function isPageFile(file: string, hosts: readonly string[]): boolean {
  const page = withoutSuffix(file);
  const host = hosts.find((one) => page.startsWith(`${one}/`));
  return pageOfFile(host === undefined ? page : page.slice(host.length + 1)) !== undefined;
}

/** Returns the page that a file belongs to. */
function withoutSuffix(file: string): string {
  const suffix = codingSuffixes.find((one) => file.endsWith(one)) ?? '';
  return file.slice(0, file.length - suffix.length);
}

function ignoreMissing(error: unknown): undefined {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
  return undefined;
}
