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

test('an index lists sitemaps', () => {
  const xml = '<sitemapindex><sitemap><loc>https://a.example/1.xml</loc></sitemap></sitemapindex>';
  expect(readSitemap(xml)).toEqual({ pages: [], sitemaps: ['https://a.example/1.xml'] });
});

test('what is no sitemap lists nothing', () => {
  expect(readSitemap('<html><body><loc>/a</loc></body></html>')).toEqual({ pages: [], sitemaps: [] });
});
