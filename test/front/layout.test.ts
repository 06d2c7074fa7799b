import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalSource, knownExtensions, shapeOf } from '../../src/page/grammar.js';
import { parsePagePath } from '../../src/page/layout.js';
import { otherCases, pageCases } from '../cases/layout.js';
import { described } from './setup/description.js';

const { path, shapes } = described().layout;

test('each shape of a path has its end, and what follows the path in the name of a file', () => {
  const extensions = knownExtensions.join('|');
  expect(shapes).toMatchObject([
    { shape: 'directory', end: '/', suffixes: ['index.html'] },
    { shape: 'extension', end: `\\.(?:${extensions})`, suffixes: [''] },
    { shape: 'extensionless', end: undefined, suffixes: ['.page.html', '.page.json'] },
  ]);
});

/** A server accepts the usual paths of a shape without checking the whole grammar. */
test('what is usual for a shape has that shape', () => {
  const usual = shapes.flatMap(({ shape, usual: source }) =>
    source === undefined ? [] : [[shape, whole(source)] as const],
  );
  const paths = [...pageCases, ...otherCases].map(({ target }) => target);
  const found = paths.flatMap((path) =>
    usual.filter(([, is]) => is.test(path)).map(([shape]) => [path, shape]),
  );
  expect(found).toEqual(found.map(([path = '']) => [path, shapeOf(path)]));
  expect(found.length).toBeGreaterThan(20);
  const pieces = fc.constantFrom(
    '/',
    '/',
    '.',
    '%41',
    '%C3%A4',
    '%',
    'a',
    '-',
    '~',
    'index',
    'page',
    'html',
    ';',
    '*',
    '\n',
    '?',
    '#',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const path = `/${parts.join('')}`;
      for (const [shape, is] of usual) if (is.test(path)) expect(shapeOf(path)).toBe(shape);
    }),
    { numRuns: 3_000 },
  );
});

/** JavaScript has no possessive quantifiers. Here they only change how long a match takes. */
function whole(pcre: string): RegExp {
  return new RegExp(`^(?:${pcre.replace(/([+*])\+/g, '$1')})$`);
}

test('the pattern of a path is that of the grammar', () => {
  expect(path).toBe(canonicalSource('pcre'));
});

test.each(pageCases)('the page $target lies where the table says', ({ target, file, json }) => {
  const page = parsePagePath(target);
  const suffixes = shapes.find(({ shape }) => shape === page?.shape)?.suffixes;
  const files = suffixes?.map((suffix) => `${page?.decoded.slice(1)}${suffix}`);
  expect(files).toEqual(json === undefined ? [file] : [file, json]);
});
