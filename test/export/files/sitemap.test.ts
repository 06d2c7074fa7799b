import { expect, test } from 'vitest';
import { writeSitemaps } from '../../../src/export/files/sitemap.js';
import { readSitemap } from '../../../src/publish/warm/sitemap.js';

const MAX_BYTES = 50 * 1024 * 1024;
const ORIGIN = 'https://site.example';

const numbered = (count: number, text = '') =>
  Array.from({ length: count }, (_, index) => `${ORIGIN}/${index}${text}`);

/** Returns what each file lists: pages, or sitemaps. */
function listed(urls: readonly string[]) {
  const files = writeSitemaps(urls, (file) => `${ORIGIN}/${file}`);
  return [...files].map(([file, body]) => ({ file, bytes: body.length, ...readSitemap(body.toString()) }));
}

test('50,000 URLs are in one sitemap', () => {
  const urls = numbered(50_000);
  expect(listed(urls)).toMatchObject([{ file: 'sitemap.xml', pages: urls, sitemaps: [] }]);
});

test('one URL more, and there are two, which an index lists', () => {
  const urls = numbered(50_001);
  expect(listed(urls)).toMatchObject([
    { file: 'sitemap.xml', pages: [], sitemaps: [`${ORIGIN}/sitemap-1.xml`, `${ORIGIN}/sitemap-2.xml`] },
    { file: 'sitemap-1.xml', pages: urls.slice(0, 50_000), sitemaps: [] },
    { file: 'sitemap-2.xml', pages: urls.slice(50_000), sitemaps: [] },
  ]);
});

test('no sitemap is larger than 50 MiB, as it is escaped, nor much smaller than it may be', () => {
  const urls = numbered(10_000, `${'&'.repeat(100)}${'x'.repeat(5500)}`);
  const entryBytes =
    '  <url><loc></loc></url>\n'.length + `${ORIGIN}/1234`.length + 100 * '&#38;'.length + 5500;
  const [index, first, second, ...others] = [...writeSitemaps(urls, String)];
  expect([index?.[0], first?.[0], second?.[0], others]).toEqual([
    ...['sitemap.xml', 'sitemap-1.xml', 'sitemap-2.xml'],
    [],
  ]);
  const [bytes, rest] = [first?.[1].length ?? 0, second?.[1].length ?? 0];
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
  expect(bytes + entryBytes).toBeGreaterThan(MAX_BYTES);
  const pagesIn = (size: number) => Math.round(size / entryBytes);
  expect(pagesIn(bytes) + pagesIn(rest)).toBe(10_000);
});

test('no URL gives a sitemap that lists none', () => {
  expect(listed([])).toMatchObject([{ file: 'sitemap.xml', pages: [], sitemaps: [] }]);
});

test('what XML gives a meaning is escaped', () => {
  const body = writeSitemaps([`${ORIGIN}/a?b&c=<'">`], String).get('sitemap.xml');
  expect(body?.toString()).toContain(`<loc>${ORIGIN}/a?b&#38;c=&#60;&#39;&#34;&#62;</loc>`);
});
