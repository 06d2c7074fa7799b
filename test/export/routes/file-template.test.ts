import { expect, test } from 'vitest';
import { compileFileTemplate } from '../../../src/export/routes/file-template.js';
import type { KeyValue } from '../../../src/export/routes/key.js';

const keys = ['year', 'slug', 'path'].map((name) => ({
  name,
  isWildcard: name === 'path',
  isOptional: name === 'path',
}));
const values = new Map<string, KeyValue>([
  ['year', '2024'],
  ['slug', 'hello'],
  ['path', ['a', 'b']],
]);

test.each([
  ['posts/{slug}.html', 'posts/hello.html'],
  ['{year}/{slug}/{year}.html', '2024/hello/2024.html'],
  ['{0}-{1}', '2024-hello'],
  ['{}/{}', '2024/hello'],
  ['{}/{0}/{}', '2024/2024/hello'],
  ['{path}/index.html', 'a/b/index.html'],
  ['{{slug}}', '{slug}'],
  ['{{{slug}}}', '{hello}'],
  ['plain.html', 'plain.html'],
  ['', ''],
])('%s makes %s', (template, file) => {
  expect(compileFileTemplate(template, keys)(values)).toBe(file);
});

test('a parameter that has no value stands for nothing', () => {
  expect(compileFileTemplate('{slug}/{path}x', keys)(new Map([['slug', 's']]))).toBe('s/x');
});

test('a value with braces or of a pattern is taken as it is', () => {
  const odd = new Map([['slug', '{year}$&']]);
  expect(compileFileTemplate('{slug}', keys)(odd)).toBe('{year}$&');
});

test.each([
  ['{nope}', 'names the parameter {nope}, and it has year, slug, path'],
  ['{3}', 'names the parameter {3}, and it has year, slug, path'],
  ['{}{}{}{}', 'names the parameter {3}, and it has year, slug, path'],
  ['{ slug }', 'names the parameter { slug }'],
  ['{slug', 'has a { that is not closed or opened'],
  ['slug}', 'has a } that is not closed or opened'],
])('%s is refused', (template, message) => {
  expect(() => compileFileTemplate(template, keys)).toThrow(message);
});

test('of a route without parameters, that is said', () => {
  expect(() => compileFileTemplate('{slug}', [])).toThrow('names the parameter {slug}, and it has none');
});
