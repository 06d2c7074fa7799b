import { expect, test } from 'vitest';
import { knownExtensions } from '../../../src/page/grammar.js';
import { defaultTypes } from '../../../src/page/response/types.js';

test('every known extension has a type, and no other has', () => {
  expect(Object.keys(defaultTypes).sort()).toEqual([...knownExtensions].sort());
});

test('text has its charset, binary files have none', () => {
  for (const [extension, type] of Object.entries(defaultTypes)) {
    const isText = /^text\/|json|xml|javascript/.test(type);
    expect(type, extension).toMatch(isText ? /; charset=utf-8$/ : /^[^;]+$/);
  }
});

test('the types cannot be changed by accident', () => {
  expect(Object.isFrozen(defaultTypes)).toBe(true);
});
