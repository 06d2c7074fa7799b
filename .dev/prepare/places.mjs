import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What is unpacked, and what was found. */
export const cache = join(root, 'node_modules/.cache/staticgenerator');

/** Undefined for a file that is missing or damaged: either way what it describes is made anew. */
export function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes down what was found, for the tests and for the next run. */
export function record(file, found) {
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
}
