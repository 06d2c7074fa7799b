import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileOnlyCookies, personalCookieSource } from '../../../src/page/request/cookies.js';
import { nameSource } from '../../../src/page/request/name-source.js';
import { ignoredQuerySource } from '../../../src/page/request/query.js';
import { effort } from '../../helpers/effort.js';

test('a name with stars matches what its plain translation matches', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), minLength: 1, maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'x'), maxLength: 10 });
  fc.assert(
    fc.property(name, text, (name, text) => {
      const plain = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '[abx.]*')}$`);
      expect(new RegExp(`^${nameSource(name, '[abx.]')}$`).test(text)).toBe(plain.test(text));
    }),
    { numRuns: effort({ usual: 1_500, long: 5_000 }) },
  );
});

/** If each star became a plain `.*`, the number of ways to match would multiply, and none of these tests would end. */
describe('a name with many stars decides about a long header at once', () => {
  const name = '*a*a*a*a*b';
  const long = 'a'.repeat(16_000);

  test.each([name, `${name}*`, `x${name}`])('as a cookie that bypasses: %s', (name) => {
    const source = personalCookieSource({ bypassCookies: [name], ignoreCookies: [] }) ?? '';
    expect(new RegExp(source, 'i').test(`c=1; x${long}`)).toBe(false);
    expect(new RegExp(source, 'i').test(`c=1; x${long}b`)).toBe(true);
  });

  test('as a cookie that is ignored', () => {
    expect(compileOnlyCookies([`${name}*`])(`${long},`)).toBe(false);
    expect(compileOnlyCookies([`${name}*`])(`${long}b`)).toBe(true);
  });

  test('as a parameter', () => {
    const source = new RegExp(`^${ignoredQuerySource([`${name}*`])}$`);
    expect(source.test(`?${long}%62=1`)).toBe(false);
    expect(source.test(`?${long}b=1`)).toBe(true);
  });
});
