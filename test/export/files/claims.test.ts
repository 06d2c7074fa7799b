import { describe, expect, test } from 'vitest';
import { FileClaims } from '../../../src/export/files/claims.js';

const none = () => false;
const REMEDY = 'give the route of one of them another `file`, or leave one out (`exclude`, --exclude)';

function claimed(...files: string[]): FileClaims {
  const claims = new FileClaims(none);
  for (const file of files) claims.claim(file, `/${file}`);
  return claims;
}

describe('a file is refused', () => {
  test('that another page has, in words that do not depend on which came first', () => {
    const message = `/a and /b would both be the file x.html; ${REMEDY}`;
    for (const [first, second] of [
      ['/a', '/b'],
      ['/b', '/a'],
    ] as const) {
      const claims = new FileClaims(none);
      claims.claim('x.html', first);
      expect(() => claims.claim('x.html', second)).toThrow(message);
    }
    expect(() => claimed('a').claim('a', '/a')).toThrow('two pages /a would both be the file a');
  });

  test('that is where another needs a folder, near or far', () => {
    expect(() => claimed('a/b/c.html').claim('a', '/a')).toThrow(
      `/a would be the file a, and /a/b/c.html needs a folder of that name; ${REMEDY}`,
    );
    expect(() => claimed('a').claim('a/b/c.html', '/c')).toThrow(
      `/a would be the file a, and /c needs a folder of that name; ${REMEDY}`,
    );
    expect(() => claimed('a/b').claim('a/b/c.html', '/c')).toThrow('/a/b would be the file a/b');
  });

  test('that somebody else has written', () => {
    const claims = new FileClaims((file) => file === 'CNAME');
    expect(() => claims.claim('CNAME', '/CNAME')).toThrow(
      'CNAME already exists, and no export wrote it; remove it, or replace it (adopt, --adopt)',
    );
    expect(claims.has('CNAME')).toBe(false);
  });
});

test('a claim that is refused leaves nothing behind', () => {
  const claims = claimed('a');
  expect(() => claims.claim('a/b/c', '/c')).toThrow();
  expect([claims.has('a/b/c'), claims.isFree('b'), claims.isFree('a/b/c')]).toEqual([false, true, false]);
});

test('a file is free that is neither taken nor a folder nor below a file', () => {
  const claims = claimed('a/b.html', 'c');
  const free = ['a/c.html', 'a/b', 'a/b.htm', 'ab', 'd/e'];
  const taken = ['a', 'a/b.html', 'a/b.html/c', 'c', 'c/d', 'c/d/e'];
  expect(free.filter((file) => claims.isFree(file))).toEqual(free);
  expect(taken.filter((file) => claims.isFree(file))).toEqual([]);
});

test('a file that stays counts as taken', () => {
  const claims = claimed();
  claims.keep('old/page.html');
  expect([claims.has('old/page.html'), claims.isFree('old')]).toEqual([true, false]);
  expect(() => claims.claim('old', '/old')).toThrow('old/page.html needs a folder of that name');
});

test('names of objects are names as any others', () => {
  const claims = claimed();
  for (const file of ['__proto__', 'constructor/index.html', 'hasOwnProperty']) {
    expect(claims.isFree(file)).toBe(true);
    claims.claim(file, file);
    expect(claims.has(file)).toBe(true);
  }
});
