import { escapeHtml } from './redirect-page.js';

/** The most that one sitemap may list (https://www.sitemaps.org/protocol.html). */
const MAX_URLS = 50_000;
const NAMESPACE = 'http://www.sitemaps.org/schemas/sitemap/0.9';

/** The sitemap of some URLs, by file; with an index where one may not list them all. */
export function writeSitemaps(
  urls: readonly string[],
  fileUrl: (file: string) => string,
): ReadonlyMap<string, Buffer> {
  const parts: (readonly string[])[] = [];
  for (let first = 0; first < urls.length; first += MAX_URLS) parts.push(urls.slice(first, first + MAX_URLS));
  if (parts.length <= 1) return new Map([['sitemap.xml', list('urlset', 'url', urls)]]);
  const files = parts.map(
    (part, index) => [`sitemap-${index + 1}.xml`, list('urlset', 'url', part)] as const,
  );
  const index = list(
    'sitemapindex',
    'sitemap',
    files.map(([file]) => fileUrl(file)),
  );
  return new Map([['sitemap.xml', index], ...files]);
}

function list(root: string, element: string, urls: readonly string[]): Buffer {
  const lines = urls.map((url) => `  <${element}><loc>${escapeHtml(url)}</loc></${element}>\n`);
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?>\n<${root} xmlns="${NAMESPACE}">\n${lines.join('')}</${root}>\n`,
  );
}
