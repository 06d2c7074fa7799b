/**
 * The groups of the sources, and which may import which. test/architecture.test.ts enforces it, and pictures show it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * The layers, the highest first. A group (a folder of src, or a file in it) imports only from itself and from lower
 * lines, types included. Groups on the same line do not import each other. See docs/architecture.md.
 * @type {readonly (readonly string[])[]}
 */
export const LAYERS = [
  ['cli'],
  ['index'],
  ['static-generator', 'config-file'],
  ['site'],
  ['config'],
  ['operate', 'islands'],
  ['export'],
  ['publish', 'request', 'track', 'change', 'assets', 'front', 'deploy'],
  ['cluster'],
  ['store', 'ledger'],
  ['option-reader'],
  ['page', 'files'],
  ['log', 'metrics', 'concurrency', 'task-thread', 'nearest', 'patterns', 'sqlite'],
  ['errors'],
];

/**
 * The allowed imports between groups on the same line. A page that is published goes through the code of a request, and
 * a publish begins with an invalidation. `assets` decides how assets are answered, also for the server in front.
 * @type {ReadonlySet<string>}
 */
export const SIDEWAYS = new Set([
  ...['publish -> request', 'publish -> change', 'track -> change', 'front -> assets'],
]);

/**
 * Returns the text of each source file by its path in src.
 * @returns {ReadonlyMap<string, string>}
 */
export function readSources() {
  const folder = fileURLToPath(new URL('../src/', import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(`${folder}${name}`, 'utf8')]));
}

/**
 * Finds static, dynamic and type imports, re-exports and `require`.
 * @param {string} text
 * @returns {readonly string[]}
 */
export function importsOf(text) {
  return ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
}

/**
 * Returns the folder of src that contains a file, or the file's name if it is in src itself.
 * @param {string} file
 */
export function groupOf(file) {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

/**
 * Returns the source file that an import names.
 * @param {string} file
 * @param {string} specifier
 */
export function resolveImport(file, specifier) {
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}
