import { describe, expect, test } from 'vitest';
import { StaticGeneratorError } from '../../src/errors.js';
import { parseTag } from '../../src/page/tag.js';

function errorOf(action: () => unknown): StaticGeneratorError {
  try {
    action();
  } catch (error) {
    if (error instanceof StaticGeneratorError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a tag', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;

  test.each(['post:42', 'a', 'with space', 'é😀', '*', 'x'.repeat(512), '__proto__'])('may be %s', (tag) => {
    expect(parseTag(tag)).toBe(tag);
  });

  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(513)],
    ['with a line break', 'a\nb'],
    ['with a null byte', 'a\0'],
    ['with a delete character', 'a\u007f'],
    ['with half a character', 'a\ud83d'],
    ['with the other half', '\ude00a'],
    ['a number', 42],
    ['nothing', undefined],
    ['null', null],
    ['an object', { tag: 'a' }],
    ['a list', ['a']],
    ['a bigint', 42n],
    ['an object that cannot be written as JSON', circular],
    ['an object that cannot be written at all', Object.create(null)],
  ])('may not be %s', (_, tag) => {
    const error = errorOf(() => parseTag(tag));
    expect(error).toMatchObject({ code: 'ERR_BAD_TAG', fields: { tag } });
  });

  test('is told in the message what it may be', () => {
    expect(errorOf(() => parseTag(42)).message).toBe(
      'Expected a tag to be a non-empty string of at most 512 whole characters without control characters, got 42 (number)',
    );
  });
});
