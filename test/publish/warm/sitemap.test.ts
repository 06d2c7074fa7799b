import { expect, test } from 'vitest';
import { readSitemap } from '../../../src/publish/warm/sitemap.js';

test('the pages of a sitemap are read, with entities and CDATA, and images of pages are not', () => {
  const xml = `<?xml version="1.0"?>
    <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
      <url><loc> https://a.example/x?a=1&amp;b=2 </loc><image:image><image:loc>/i.png</image:loc></image:image></url>
      <url><loc><![CDATA[https://a.example/y]]></loc><lastmod>2026-01-01</lastmod></url>
      <url><lastmod>2026-01-01</lastmod></url>
    </urlset>`;
  expect(readSitemap(xml)).toEqual({
    pages: ['https://a.example/x?a=1&b=2', 'https://a.example/y'],
    sitemaps: [],
  });
});

test.each([
  ['s', 'http://www.sitemaps.org/schemas/sitemap/0.9'],
  ['ns0', 'https://www.sitemaps.org/schemas/sitemap/0.9/'],
  ['google', 'http://www.google.com/schemas/sitemap/0.84'],
])('a sitemap may give its namespace the prefix %s, and others keep theirs', (prefix, namespace) => {
  const xml = `\ufeff<?xml version="1.0"?>
    <${prefix}:urlset xmlns:${prefix}="${namespace}" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:o="http://other.example/">
      <${prefix}:url><${prefix}:loc>/a</${prefix}:loc><image:loc>/i.png</image:loc><o:loc>/o</o:loc></${prefix}:url>
      <o:url><o:loc>/b</o:loc></o:url>
    </${prefix}:urlset>`;
  expect(readSitemap(xml)).toEqual({ pages: ['/a'], sitemaps: [] });
});

test('an index lists sitemaps', () => {
  const xml = '<sitemapindex><sitemap><loc>https://a.example/1.xml</loc></sitemap></sitemapindex>';
  expect(readSitemap(xml)).toEqual({ pages: [], sitemaps: ['https://a.example/1.xml'] });
});

test('what is no sitemap lists nothing', () => {
  expect(readSitemap('<html><body><loc>/a</loc></body></html>')).toEqual({ pages: [], sitemaps: [] });
});
