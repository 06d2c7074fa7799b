import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The folder of unpacked programs, and of the records of what was found. */
export const cache = join(root, 'node_modules/.cache/staticgenerator');

/** Returns undefined if the file is missing or damaged: in both cases, the caller makes again what it describes. */
export function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Records what was found, for the tests and for the next run. */
export function record(file, found) {
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
}
