import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Returns what `npm start` has recorded about a program that it found or downloaded.
 *
 * @param {string} name
 * @returns {unknown}
 */
export function readNote(name) {
  const note = join(repository, `node_modules/.cache/staticgenerator/${name}.json`);
  return existsSync(note) ? JSON.parse(readFileSync(note, 'utf8')) : undefined;
}

/**
 * Returns the first program with a name on the PATH.
 *
 * @param {string} name
 */
export function findProgram(name) {
  const { PATH = '' } = process.env;
  const folders = PATH.split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}
