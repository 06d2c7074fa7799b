import { expect, test } from 'vitest';
import { readServeOptions } from '../../../src/assets/serve/options.js';
import { OptionReader } from '../../../src/option-reader.js';

function problemsOf(given: object): string {
  const read = new OptionReader(given, [], 'assets.');
  readServeOptions(read);
  try {
    read.throwProblems();
    return '';
  } catch (error) {
    return String(error);
  }
}

test.each([
  ['immutable', '^assets/', 'a regular expression or a function'],
  ['maxAgeSeconds', -1, 'a whole number of seconds, 0 or more'],
  ['maxAgeSeconds', 0.5, 'a whole number of seconds, 0 or more'],
  ['allowOrigin', true, "'fonts', 'all' or 'none'"],
  ['index', 'a/index.html', 'true, false, or the name of a file'],
  ['index', '.hidden', 'true, false, or the name of a file'],
  ['symlinks', 'yes', 'true or false'],
  ['rootFiles', ['../secret'], 'an array of names below STATIC_ROOT, of plain characters'],
  ['rootFiles', ['.env'], 'an array of names below STATIC_ROOT, of plain characters'],
  ['rootFiles', 'robots.txt', 'an array of names below STATIC_ROOT, of plain characters'],
  ['types', { '.foo': 'a/b' }, 'an object of extensions in lower case, without dots, and their types'],
  ['types', { foo: 'a' }, 'an object of extensions in lower case, without dots, and their types'],
  ['headers', { ETag: '"x"' }, 'names of end-to-end headers that are constant'],
  ['headers', 'X-A: 1', 'an object of header names and values'],
])('`%s: %j` is refused', (option, value, expected) => {
  expect(problemsOf({ [option]: value })).toContain(`Expected \`assets.${option}\` to be ${expected}, got `);
});

test('without any, assets may change after a minute, and only fonts are open to others', () => {
  const options = readServeOptions(new OptionReader({}));
  expect(options).toMatchObject({ maxAgeSeconds: 60, allowOrigin: 'fonts', symlinks: false, rootFiles: [] });
  expect(options.index).toBeUndefined();
  expect(options.types.css).toBe('text/css; charset=utf-8');
});
