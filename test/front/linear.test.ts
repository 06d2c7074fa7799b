import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalWithoutLookaround, shapeOf } from '../../src/page/grammar.js';
import { personalCookieNames, personalCookieSource } from '../../src/page/request/cookies.js';
import { ignoredQuerySource, linearIgnoredQuerySource } from '../../src/page/request/query.js';
import { foreignHeaders, personalHeaders } from '../cases/cookies.js';
import { layoutCases } from '../cases/layout.js';
import { ignoredParameters } from '../cases/requests.js';
import { effort } from '../helpers/effort.js';
import { headerLines, targets } from './setup/arbitraries.js';
import { fromPcre } from './setup/pcre.js';
import { siteConfig } from './setup/site-config.js';

const runs = { numRuns: effort({ usual: 1_000, long: 300_000 }) };

/** Patterns without look-around must mean the same as those with it, and PCRE patterns the same as JavaScript's. */
test('the canonical path', () => {
  const path = new RegExp(`^(?:${canonicalWithoutLookaround.path})$`);
  const never = new RegExp(canonicalWithoutLookaround.never);
  const agrees = (target: string) => {
    const isCanonical = path.test(target) && !never.test(target);
    expect([target, isCanonical]).toEqual([target, shapeOf(target) !== undefined]);
  };
  for (const { target } of layoutCases) agrees(target);
  fc.assert(fc.property(targets, agrees), runs);
});

test('the query strings that change nothing', () => {
  const [one, other] = [ignoredQuerySource, linearIgnoredQuerySource].map(
    (sourceOf) => new RegExp(`^(?:${sourceOf(ignoredParameters)})$`),
  );
  const agrees = (target: string) => {
    const query = target.replace(/^[^?]*/, '');
    expect([query, other?.test(query)]).toEqual([query, one?.test(query)]);
  };
  fc.assert(fc.property(targets, agrees), runs);
});

test.each([
  ['default', {}],
  ['own', { bypassCookies: ['a*', 'x', '*b'], ignoreCookies: ['_ga'] }],
  ['every', { bypassCookies: ['*', '*Xy*', '*a*b'] }],
  ['odd', { bypassCookies: ['*^-|', '*.x*', '*-a-', '*S!d'] }],
  ['own and default', { bypassCookies: { add: ['_hjSession_*', 'a.b'] } }],
])('the %s cookies that make a request personal', (_, site) => {
  const config = siteConfig(site);
  const whole = new RegExp(personalCookieSource(config) ?? '(?!)', 'i');
  const pcre = fromPcre(personalCookieSource(config, 'pcre') ?? '(?!)', 'i');
  const { looks, unless, always } = personalCookieNames(config) ?? {};
  const [isLike, isForeign, isAlways] = [looks, unless, always].map(
    (source) => new RegExp(source === undefined ? '(?!)' : `^(?:${source})(?:=|$)`, 'i'),
  );
  const agrees = (header: string) => {
    const parts = header.split(/[;,\s]/);
    const isPersonal = parts.some(
      (part) => (isLike?.test(part) && !isForeign?.test(part)) || isAlways?.test(part),
    );
    const expected = whole.test(header);
    expect([header, isPersonal, pcre.test(header)]).toEqual([header, expected, expected]);
  };
  for (const header of [...personalHeaders, ...Object.values(foreignHeaders)]) agrees(header);
  const cookies = headerLines.map((lines) => lines.map((line) => line.replace(/^[^:]*:/, '')).join('; '));
  fc.assert(fc.property(cookies, agrees), runs);
});
