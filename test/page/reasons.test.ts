import { describe, expect, test } from 'vitest';
import {
  captureReasons,
  explainReason,
  publishReasons,
  type Reason,
  refuse,
  requestReasons,
  responseReasons,
} from '../../src/page/reasons.js';

const groups: readonly Readonly<Record<string, string>>[] = [
  requestReasons,
  captureReasons,
  responseReasons,
  publishReasons,
];
const codes = groups.flatMap((group) => Object.keys(group)) as Reason[];

describe('a reason', () => {
  test.each(codes)('%s is a token of RFC 9110, since it stands in Cache-Status unquoted', (code) => {
    expect(code).toMatch(/^[a-z][a-z-]*$/);
  });

  test('has a code of its own', () => {
    expect(new Set(codes).size).toBe(codes.length);
  });

  test.each(codes)('%s is explained', (code) => {
    expect(explainReason(code)).toBe(Object.assign({}, ...groups)[code]);
    expect(explainReason(code)).toMatch(/^[a-zA-Z].{10,}[^.]$/);
  });
});

test('a refusal has a detail where one is given', () => {
  expect(refuse('age')).toEqual({ reason: 'age' });
  expect(Object.keys(refuse('age'))).toEqual(['reason']);
  expect(refuse('status', '404')).toEqual({ reason: 'status', detail: '404' });
});
