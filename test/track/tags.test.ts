import { expect, test } from 'vitest';
import { anyTag, collectionTag, defaultName, keyInCondition, rowTag } from '../../src/track/tags.js';

test('a row, a collection and any row have tags that never meet', () => {
  expect(rowTag('post', 42)).toBe('post:42');
  expect(collectionTag('post')).toBe('post');
  expect(anyTag('post')).toBe('post:*');
  expect(rowTag('post', '*')).not.toBe(anyTag('post'));
});

test('the same key has the same tag, however the database or the caller writes it', () => {
  const uuid = '3F2504E0-4F89-41D3-9A0C-0305E82C3301';
  expect(rowTag('post', uuid)).toBe(rowTag('post', uuid.toLowerCase()));
  expect(new Set([rowTag('post', 42), rowTag('post', '42'), rowTag('post', 42n)]).size).toBe(1);
});

test('different keys have different tags', () => {
  const keys = [
    'a,b',
    ['a', 'b'],
    'a%2Cb',
    ['a', 'b', ''],
    '',
    '\n',
    '%0A',
    'A',
    'a',
    'x'.repeat(300),
    'x'.repeat(301),
  ];
  expect(new Set(keys.map((key) => rowTag('post', key))).size).toBe(keys.length);
});

test('every key makes a tag: control characters, lone surrogates, any length', () => {
  for (const key of ['\0\u007f', '\ud800', 'é'.repeat(5_000), '*'])
    expect(() => rowTag('post', key)).not.toThrow();
});

test('a key in a condition is trusted only if no other spelling finds the same row', () => {
  for (const value of [1, '1', '-5', 0, 7n]) expect(keyInCondition(value)).toBe(value);
  for (const value of ['01', ' 1', '1.0', '1e3', 1.5, 'hello', '', null, undefined, {}, true, -0.5, '-0'])
    expect(keyInCondition(value)).toBeUndefined();
});

test('a model is called by its name with a small first letter', () => {
  expect(defaultName('BlogPost')).toBe('blogPost');
});
