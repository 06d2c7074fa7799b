import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { groupOf, importsOf, LAYERS, readSources, resolveImport, SIDEWAYS } from '../.dev/layers.mjs';

/** The groups that are pure, each with everything that it may import. */
const PURE = new Map([['page', new Set(['page', 'errors', 'micromatch'])]]);

/** The limits count all lines, with comments and blank lines. */
const MAX_FUNCTION_LINES = 40;
const MAX_FILE_LINES = 250;
/** Subfolders are not counted. */
const MAX_FILES_IN_FOLDER = 12;

/** The functions (`file name`), files and folders that may be larger than the limits, each with the reason. */
const LARGE: Readonly<Record<string, string>> = {
  'cli/commands': 'one file a command',
};

/** The text of each source file, by its path in src. */
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

  test('are small functions in small files in small folders, but for those that say why not', () => {
    const sizes = largeParts(sources);
    expect([...sizes].filter(([part]) => !(part in LARGE))).toEqual([]);
    expect(Object.keys(LARGE).filter((part) => !sizes.has(part))).toEqual([]);
  });
});

test('a site that answers visitors loads none of what only commands and exports need', () => {
  const { files, packages: loaded } = loadedFrom('index.ts', readSources());
  expect([...loaded].sort()).toEqual(['lru-cache', 'micromatch', 'path-to-regexp']);
  const late = ['cli/program.ts', 'export/run.ts', 'publish/verify/verify.ts', 'publish/warm/warm.ts'];
  expect(late.filter((file) => files.has(file))).toEqual([]);
});

test('no name of a file begins with what its folder says', () => {
  expect([...readSources().keys()].filter(repeatsItsFolder)).toEqual([]);
});

test.each([
  ['track/track-options.ts', true],
  ['export/pages/page-queue.ts', true],
  ['ledger/queries/query-text.ts', true],
  ['track/options.ts', false],
  ['cluster/cluster.ts', false],
  ['export/routes/routes.ts', false],
  ['page-queue.ts', false],
])('%s repeats its folder: %s', (file, repeats) => {
  expect(repeatsItsFolder(file)).toBe(repeats);
});

describe('a size is reported', () => {
  const lines = (count: number) => '\n'.repeat(count - 1);
  test.each<[string, string, string, number]>([
    ['a function', `export function long(): void {${lines(41)}}`, 'a.ts long', 41],
    ['a method', `class A {\n  async long() {${lines(41)}}\n}`, 'a.ts A.long', 41],
    ['a constructor', `class A {\n  constructor() {${lines(41)}}\n}`, 'a.ts A.constructor', 41],
    ['an arrow function', `const long = () => {${lines(41)}};`, 'a.ts long', 41],
    ['a function of an object', `const of = { long: () => {${lines(41)}} };`, 'a.ts of.long', 41],
    ['a file', lines(252), 'a.ts', 251],
  ])('of %s', (_, text, part, size) => {
    expect([...largeParts(new Map([['a.ts', text]]))]).toEqual([[part, size]]);
  });

  test('of a function within another, beside that of the other', () => {
    const text = `function outer() {\n  return call(() => {${lines(41)}});\n}`;
    expect([...largeParts(new Map([['a.ts', text]])).keys()]).toEqual([
      'a.ts outer',
      'a.ts outer (anonymous)',
    ]);
  });

  test('of a folder, without its subfolders', () => {
    const files = (count: number) => Array.from({ length: count }, (_, n) => `page/${n}.ts`);
    const folder = (names: readonly string[]) => largeParts(new Map(names.map((name) => [name, ''])));
    expect([...folder([...files(12), 'page/in/a.ts'])]).toEqual([]);
    expect([...folder(files(13))]).toEqual([['page', 13]]);
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
    ['of what lies outside src', 'cli/main.ts', "import '../../test/helpers/servers/ports.js';"],
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

/** Returns the functions, files and folders that exceed the limits, with their sizes. */
function largeParts(sources: Sources): ReadonlyMap<string, number> {
  const large = new Map<string, number>();
  const folders = new Map<string, number>();
  for (const [file, text] of sources) {
    const folder = posix.dirname(file);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
    const lines = text.split('\n').length - 1;
    if (lines > MAX_FILE_LINES) large.set(file, lines);
    for (const [name, length] of functionsIn(text))
      if (length > MAX_FUNCTION_LINES) large.set(`${file} ${name}`, length);
  }
  for (const [folder, files] of folders) if (files > MAX_FILES_IN_FOLDER) large.set(folder, files);
  return large;
}

/** Whether the name of a file begins with the name of its folder, or with the singular of that name. */
function repeatsItsFolder(file: string): boolean {
  const folder = posix.basename(posix.dirname(file));
  const prefixes = [folder, folder.replace(/s$/, ''), folder.replace(/ies$/, 'y')];
  return prefixes.some((prefix) => posix.basename(file).startsWith(`${prefix}-`));
}

/** Returns all functions: the name, after the names of everything around it, and the number of lines. */
function functionsIn(text: string): readonly (readonly [string, number])[] {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
  const found: [string, number][] = [];
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node, within: string): void => {
    const name = `${within}${nameOf(node)}`;
    const isFunction = ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
    if (isFunction) found.push([name, lineOf(node.end) - lineOf(node.getStart(source)) + 1]);
    ts.forEachChild(node, (child) => visit(child, name));
  };
  visit(source, '');
  return found;
}

/** Returns what a declaration adds to the names of the functions in it. */
function nameOf(node: ts.Node): string {
  if (ts.isConstructorDeclaration(node)) return '.constructor';
  const isMember = ts.isClassElement(node) || ts.isObjectLiteralElementLike(node);
  const isDeclaration = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
  if (isMember || isDeclaration || ts.isVariableDeclaration(node))
    return `${isMember ? '.' : ''}${node.name?.getText() ?? ''}`;
  const isNamed =
    ts.isVariableDeclaration(node.parent ?? node) || ts.isPropertyAssignment(node.parent ?? node);
  return ts.isFunctionLike(node) && !isNamed ? ' (anonymous)' : '';
}

function problemOf(file: string, specifier: string): string | undefined {
  const from = groupOf(file);
  const to = specifier.startsWith('.') ? groupOf(resolveImport(file, specifier)) : packageOf(specifier);
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

function layerOf(group: string): number {
  return LAYERS.findIndex((groups) => groups.includes(group));
}

function packageOf(specifier: string): string {
  return /^(?:node:|@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[0] ?? specifier;
}

/** Returns what is loaded together with a file. Imports of types, and `import()` at run time, do not count. */
function loadedFrom(entry: string, sources: Sources) {
  const files = new Set([entry]);
  const external = new Set<string>();
  for (const file of files)
    for (const [, specifier = ''] of (sources.get(file) ?? '').matchAll(IMPORT_AT_ONCE)) {
      if (specifier.startsWith('.')) files.add(resolveImport(file, specifier));
      else if (packageOf(specifier) !== 'node:') external.add(packageOf(specifier));
    }
  return { files, packages: external };
}

/** Matches imports in the style of the formatter. */
const IMPORT_AT_ONCE = /^(?:import|export) (?!type )(?:[^;'=]* from )?'([^']+)';$/gm;

/** Follows imports depth-first. A file that appears again on the way down closes a cycle. */
function findCycle(sources: Sources): string | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file].join(' -> ');
    if (done.has(file)) return undefined;
    for (const specifier of importsOf(sources.get(file) ?? '')) {
      const cycle = specifier.startsWith('.')
        ? visit(resolveImport(file, specifier), [...way, file])
        : undefined;
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
