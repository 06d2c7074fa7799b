import { expect, test } from 'vitest';
import { shapeSource } from '../../src/page/grammar.js';
import { parsePagePath } from '../../src/page/layout.js';
import { pageCases } from '../cases/layout.js';
import { described } from './setup/description.js';

const { shapes } = described().layout;

test('each shape of a path has its pattern, and what follows the path in the name of a file', () => {
  expect(shapes).toEqual([
    { shape: 'directory', path: shapeSource('directory', 'pcre'), suffixes: ['index.html'] },
    { shape: 'extension', path: shapeSource('extension', 'pcre'), suffixes: [''] },
    {
      shape: 'extensionless',
      path: shapeSource('extensionless', 'pcre'),
      suffixes: ['.page.html', '.page.json'],
    },
  ]);
});

test.each(pageCases)('the page $target lies where the table says', ({ target, file, json }) => {
  const page = parsePagePath(target);
  const suffixes = shapes.find(({ shape }) => shape === page?.shape)?.suffixes;
  const files = suffixes?.map((suffix) => `${page?.decoded.slice(1)}${suffix}`);
  expect(files).toEqual(json === undefined ? [file] : [file, json]);
});
