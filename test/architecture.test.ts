import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/**
 * The layers, the highest first: a group (a folder of src, or a file in it) imports from itself and from lower lines,
 * types included. Groups of one line do not know each other. See docs/architecture.md.
 */
const LAYERS = [
  ['cli'],
  ['index'],
  ['static-generator', 'config-file'],
  ['site'],
  ['config'],
  ['export'],
  ['publish', 'request', 'track', 'change', 'assets', 'front', 'deploy'],
  ['store', 'ledger', 'cluster'],
  ['option-reader'],
  ['page', 'files'],
  ['log', 'metrics', 'concurrency', 'task-thread'],
  ['errors'],
];

/**
 * What publish makes goes the way of a request, and a publish begins with an invalidation. How assets are answered is
 * decided in assets, for the server in front too.
 */
const SIDEWAYS = new Set([
  ...['publish -> request', 'publish -> change', 'track -> change', 'front -> assets'],
]);

/** Groups that are pure: all that they may import. */
const PURE = new Map([['page', new Set(['page', 'errors', 'micromatch'])]]);

/** The text of each source file by its path in src. */
type Sources = ReadonlyMap<string, string>;

const root = new URL('../', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Record<
  string,
  object | undefined
>;
const packages = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));

describe('the sources', () => {
  const sources = readSources();

  test('import downwards only', () => {
    expect(misplacedImports(sources)).toEqual([]);
  });

  test('have no cycle', () => {
    expect(findCycle(sources)).toBeUndefined();
  });
});

describe('an import is reported', () => {
  test.each([
    ['upwards', 'page/layout.ts', "import '../store/store.js';"],
    ['upwards, of a type', 'log.ts', "import type { Options } from './config.js';"],
    ['upwards, re-exported', 'errors.ts', "export { log } from './log.js';"],
    ['upwards, within a type', 'store/store.ts', "export type A = import('../request/serve.js').A;"],
    ['upwards, when it runs', 'config.ts', "await import('./cli/main.js');"],
    ['of a neighbour', 'request/serve.ts', "import '../change/invalidate.js';"],
    ['of input and output into page/', 'page/layout.ts', "import { readFileSync } from 'node:fs';"],
    ['of a package that is not a dependency', 'store/store.ts', "import 'express-session';"],
    ['of what lies outside src', 'cli/main.ts', "import '../../test/helpers/ports.js';"],
    ['into an unknown folder', 'utils/strings.ts', ''],
  ])('%s', (_, file, text) => {
    expect(misplacedImports(new Map([[file, text]]))).toHaveLength(1);
  });

  test('in a cycle, with the way round', () => {
    const sources = new Map([
      ['page/a.ts', "import './b.js';"],
      ['page/b.ts', "import type { C } from './c.js';"],
      ['page/c.ts', "export * from './b.js';"],
    ]);
    expect(findCycle(sources)).toBe('page/b.ts -> page/c.ts -> page/b.ts');
  });
});

test('the imports of a well-formed file pass', () => {
  const text =
    "import 'node:fs'; import 'pino'; import '../request/serve.js'; import type { A } from '../page/a.js';";
  expect(misplacedImports(new Map([['publish/warm.ts', text]]))).toEqual([]);
});

function readSources(): Sources {
  const folder = fileURLToPath(new URL('src/', root));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(`${folder}${name}`, 'utf8')]));
}

function misplacedImports(sources: Sources): string[] {
  return [...sources].flatMap(([file, text]) => {
    if (layerOf(groupOf(file)) === -1) {
      return [
        `src/${file}: ${groupOf(file)} is no known layer; give it its place in LAYERS, or move the file`,
      ];
    }
    return importsOf(text).flatMap((specifier) => {
      const problem = problemOf(file, specifier);
      return problem === undefined ? [] : [`src/${file} imports ${specifier}: ${problem}`];
    });
  });
}

function problemOf(file: string, specifier: string): string | undefined {
  const from = groupOf(file);
  const to = specifier.startsWith('.') ? groupOf(resolve(file, specifier)) : packageOf(specifier);
  const allowed = PURE.get(from);
  if (allowed !== undefined && !allowed.has(to))
    return `${from} is pure: ${[...allowed].join(', ')} and nothing else`;
  if (!specifier.startsWith('.')) {
    return packages.has(to) || to === 'node:' ? undefined : 'it is neither a dependency nor a peer';
  }
  if (layerOf(to) === -1) return 'it is in no known layer of src';
  if (from === to || layerOf(from) < layerOf(to) || SIDEWAYS.has(`${from} -> ${to}`)) return undefined;
  return `${from} is not above ${to}`;
}

/** Finds static, dynamic and type imports, re-exports and `require`. */
function importsOf(text: string): string[] {
  return ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
}

/** The folder of src that a file is in, or the name of a file that is in none. */
function groupOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

function layerOf(group: string): number {
  return LAYERS.findIndex((groups) => groups.includes(group));
}

function packageOf(specifier: string): string {
  return /^(?:node:|@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;
}

function resolve(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

/** Follows imports depth-first; the first file met again on the way down closes a cycle. */
function findCycle(sources: Sources): string | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file].join(' -> ');
    if (done.has(file)) return undefined;
    for (const specifier of importsOf(sources.get(file) ?? '')) {
      const cycle = specifier.startsWith('.') ? visit(resolve(file, specifier), [...way, file]) : undefined;
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of sources.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
