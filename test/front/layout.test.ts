import { expect, test } from 'vitest';
import { canonicalSource, knownExtensions } from '../../src/page/grammar.js';
import { parsePagePath } from '../../src/page/layout.js';
import { pageCases } from '../cases/layout.js';
import { described } from './setup/description.js';

const { path, shapes } = described().layout;

test('each shape of a path has its end, and what follows the path in the name of a file', () => {
  const extensions = knownExtensions.join('|');
  expect(shapes).toEqual([
    { shape: 'directory', end: '/', suffixes: ['index.html'] },
    { shape: 'extension', end: `\\.(?:${extensions})`, suffixes: [''] },
    { shape: 'extensionless', end: undefined, suffixes: ['.page.html', '.page.json'] },
  ]);
});

test('the pattern of a path is that of the grammar', () => {
  expect(path).toBe(canonicalSource('pcre'));
});

test.each(pageCases)('the page $target lies where the table says', ({ target, file, json }) => {
  const page = parsePagePath(target);
  const suffixes = shapes.find(({ shape }) => shape === page?.shape)?.suffixes;
  const files = suffixes?.map((suffix) => `${page?.decoded.slice(1)}${suffix}`);
  expect(files).toEqual(json === undefined ? [file] : [file, json]);
});
