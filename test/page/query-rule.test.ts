import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeValue } from '../../src/page/query.js';
import { compileQueryRule } from '../../src/page/query-rule.js';
import { compileRules } from '../../src/page/rules.js';

const rule = compileQueryRule({ sort: ['new', 'old'], page: /[1-9]\d{0,3}/, tag: /^[a-zé /&=+']+$/i });
const isIgnored = (parameter: string) => parameter.startsWith('utm_');
const read = (written: string) => rule.read(written, isIgnored);

describe('a rule for queries', () => {
  test('names its parameters in canonical order: patterns, then lists', () => {
    expect(rule.names).toEqual(['page', 'tag', 'sort']);
  });

  test('reads every order and spelling of a query as the same', () => {
    const given = { page: '12', tag: "a é/&=+'", sort: 'old' };
    const canonical = Object.entries(given).map(([name, value]) => `${name}=${encodeValue(value)}`);
    const spell = (value: string, escapes: readonly boolean[]) =>
      [...value]
        .map((character, index) => {
          if (character === ' ') return escapes[index] ? '+' : '%20';
          const mayBePlain = /[\w/=']/.test(character) && character !== 'é';
          if (mayBePlain && !escapes[index]) return character;
          return [...Buffer.from(character)]
            .map((byte) => byte.toString(16).padStart(2, '0'))
            .map((hex) => `%${escapes[index + 1] ? hex : hex.toUpperCase()}`)
            .join('');
        })
        .join('');
    const spellings = fc
      .tuple(fc.shuffledSubarray(Object.entries(given), { minLength: 1 }), fc.array(fc.boolean()))
      .map(([chosen, escapes]) => ({
        names: chosen.map(([name]) => name),
        written: chosen.map(([name, value]) => `${name}=${spell(value, escapes)}`).join('&'),
      }));
    fc.assert(
      fc.property(spellings, ({ names, written }) => {
        const query = canonical.filter((one) => names.includes(one.split('=')[0] ?? '')).join('&');
        expect(read(written)).toEqual({ query, hasIgnored: false });
      }),
    );
  });

  test('lets ignored parameters stand beside', () => {
    expect(read('utm_a=1&sort=new&utm_b&page=2')).toEqual({ query: 'page=2&sort=new', hasIgnored: true });
    expect(read('utm_a=1')).toEqual({ query: '', hasIgnored: true });
  });

  test.each([
    '',
    'x=1',
    'page=2&page=2',
    'page=2&page=3',
    'page=02',
    'page=2x',
    'sort=',
    'sort',
    'sort=best',
    'page=2#a',
  ])('reads %j as none of its queries', (written) => expect(read(written)).toBeUndefined());

  test('keeps the first pattern of `urls` that matches for what it says', () => {
    const rules = compileRules(
      [
        { match: /^\/a$/ },
        { match: /^\/(?:a|b)$/, query: { page: /^\d$/ } },
        { match: /^\/b$/, query: { x: ['y'] } },
      ],
      [],
    );
    expect(rules.queryNames).toEqual(['page', 'x']);
    expect(rules.queryOf('/a')).toBeUndefined();
    expect(rules.queryOf('/b')?.names).toEqual(['page']);
    expect(rules.queryOf('/c')).toBeUndefined();
    expect(rules.explain('/b').includedBy).toBe('/^\\/(?:a|b)$/ with ?page');
  });

  test('shows in what decides whether stored pages are still right', () => {
    const sourcesOf = (values: readonly string[]) =>
      compileRules([{ match: /a/, query: { x: values } }], []).sources;
    expect(sourcesOf(['y'])).not.toEqual(sourcesOf(['y', 'z']));
    expect(sourcesOf(['y'])).not.toEqual(compileRules([/a/], []).sources);
  });
});
