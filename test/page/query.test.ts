import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bareName,
  decodedPath,
  filesOf,
  filesWithIncludes,
  pageOfFile,
  pagesNamedBy,
  parsePage,
  parsePagePath,
  urlOf,
  urlOfWritten,
  withoutQuery,
} from '../../src/page/layout.js';
import {
  decodeValue,
  encodeValue,
  isCanonicalQuery,
  pageQuerySource,
  queryFolder,
} from '../../src/page/query.js';
import { queryPages } from '../cases/queries.js';
import { effort } from '../helpers/effort.js';

const runs = { numRuns: effort({ usual: 300, long: 300_000 }) };

/** Values that are difficult in file names, and random values. */
const values = fc
  .oneof(
    fc.constantFrom(
      '.',
      '..',
      '...',
      '/',
      'a/b',
      '%',
      '%2F',
      '&',
      '=',
      '?',
      '#',
      ';',
      'x.html',
      'x.gz',
      "'",
      ' ',
    ),
    fc.constantFrom(
      'index',
      'page=2',
      'a&b=c',
      '2',
      '12',
      '123',
      'ä',
      '日本',
      '😀',
      '.page.html',
      '*',
      '\\',
      '+',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  )
  .filter((value) => !/[\p{Cc}\p{Cs}]/u.test(value));
const names = fc.constantFrom('page', 'sort', 'p', 'a.b', 'page.size', '_x', 'x-y', 'html');
const queries = fc
  .uniqueArray(names, { minLength: 1, maxLength: 3 })
  .chain((chosen) => fc.tuple(...chosen.map((name) => fc.tuple(fc.constant(name), values))))
  .map((parameters) => parameters.map(([name, value]) => `${name}=${encodeValue(value)}`).join('&'));
const paths = fc.constantFrom(
  ...['/', '/a', '/a/', '/a.page', '/a.html', '/b.c', '/feed.xml', '/a/b', '/a=1', '/a&b=2', '/index', '/2'],
);
const variants = fc.constantFrom(
  ...['language=de', 'language=en', 'language=de;currency=EUR', 'language=de-CH', 'a=b', 'a=2', 'page=2'],
);
const pages = fc
  .tuple(paths, fc.option(queries, { nil: undefined }), fc.option(variants, { nil: undefined }))
  .map(([path, query, variant]) =>
    parsePage(
      `${path}${query === undefined ? '' : `?${query}`}${variant === undefined ? '' : `>${variant}`}`,
    ),
  )
  .filter((page) => page !== undefined);

describe('a page with a query, a variant, or both', () => {
  test('has files of its own, which name it', () => {
    const pageOf = new Map<string, string>();
    const folders = new Set<string>();
    fc.assert(
      fc.property(pages, (page) => {
        for (const file of [...filesOf(page), ...filesWithIncludes(page)]) {
          expect(pageOfFile(file)).toEqual(page);
          expect([file, pageOf.get(file) ?? page.path]).toEqual([file, page.path]);
          pageOf.set(file, page.path);
          folders.add(file.slice(0, Math.max(0, file.lastIndexOf('/'))));
        }
      }),
      runs,
    );
    expect([...folders].filter((folder) => pageOf.has(folder))).toEqual([]);
  });

  test('has files in which no page without a query, no folder of one and no coding can be', () => {
    fc.assert(
      fc.property(pages, (page) => {
        for (const file of page.query === undefined && page.variant === undefined ? [] : filesOf(page)) {
          expect(file).not.toMatch(/[?*]|(?:^|\/)\.{1,2}(?:\/|$)|\/\/|^\/|\.(?:gz|br|zst|tmp)$/);
          // The folders have a character that no path has. Folders of variants have a different one than those of
          // queries.
          const folder = file.slice(0, file.lastIndexOf('/'));
          if (page.query !== undefined) expect(folder).toMatch(/;[^/=]{1,2}$/);
          if (page.variant !== undefined) expect(folder).toMatch(/^;[^/]+=/);
          expect(file.startsWith(';') && /^;[^/]*=/.test(file)).toBe(page.variant !== undefined);
          expect(parsePagePath(`/${file}`)).toBeUndefined();
        }
      }),
      runs,
    );
  });

  test('lies where the servers in front look for it', () => {
    const pattern = new RegExp(
      `^${pageQuerySource(['page', 'sort', 'p', 'a.b', 'page.size', '_x', 'x-y', 'html'])}$`,
    );
    fc.assert(
      fc.property(queries, (query) => {
        expect([query, pattern.exec(query)?.[1]]).toEqual([query, queryFolder(query).slice(1)]);
      }),
      runs,
    );
  });

  test('is one with the bare name of its two forms, and has the decoding of its path', () => {
    expect(['/a/?x=1', '/a?x=1', '/?x=1', '/a/', '/'].map(bareName)).toEqual([
      '/a?x=1',
      '/a?x=1',
      '/?x=1',
      '/a',
      '/',
    ]);
    expect(['/a/>v=1', '/a/?x=1>v=1', '/>v=1'].map(bareName)).toEqual(['/a>v=1', '/a?x=1>v=1', '/>v=1']);
    expect(['/a/>v=1', '/a?x=1>v=1', '/a?x=1'].map(urlOf)).toEqual(['/a/', '/a?x=1', '/a?x=1']);
    expect(['/a>v=1', '/a>b', '/a>', '/a>v=1/'].map(urlOfWritten)).toEqual(['/a', '/a>b', '/a>', '/a>v=1/']);
    expect(
      ['/a>v', '/a>v=', '/a>=1', '/a>v=1;', '/a>V=1', '/a>v=1>w=1', `/a>v=${'x'.repeat(260)}`].map(parsePage),
    ).toEqual(Array(7).fill(undefined));
    expect(decodedPath('/caf%C3%A9?x=%C3%A9>v=1')).toBe('/café');
    expect(withoutQuery('/a/?x=1')).toBe('/a/');
    expect(pagesNamedBy('/a?x=1').map(({ path }) => path)).toEqual(['/a?x=1', '/a/?x=1']);
  });

  test.each(queryPages.map(({ target }) => target))('%s is read as it stands', (target) => {
    expect(parsePage(target)?.path).toBe(target);
  });

  test.each([
    'a',
    'a=',
    '=a',
    'a=1&',
    '&a=1',
    'a=1&&b=2',
    'a=%20%',
    'a=%41',
    'a=%c3%a9',
    'a=+',
    'a=b/c',
    'a=%00',
    '1=a',
    'a[]=1',
    'a=%ff',
  ])('%s is no canonical query', (query) => {
    expect(isCanonicalQuery(query)).toBe(false);
    expect(parsePage(`/a?${query}`)).toBeUndefined();
  });
});

test('the files of a path are spread, so that no folder gets as many as there are pages', () => {
  const folders = new Map<string, number>();
  for (let id = 1; id <= 1_000_000; id += 7) {
    const folder = queryFolder(`id=${id}`);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  expect(Math.max(...folders.values())).toBeLessThan(1_000_000 / 7 / 90);
});

test('a value has one spelling', () => {
  fc.assert(
    fc.property(values, (value) => {
      const encoded = encodeValue(value);
      expect(decodeValue(encoded)).toBe(value);
      expect(encoded).toMatch(/^(?:[\w.~-]|%[0-9A-F]{2})+$/);
    }),
    runs,
  );
});
