import { escapeHtml } from './redirect-page.js';

/** The most URLs and bytes that one sitemap may have (https://www.sitemaps.org/protocol.html). */
const MAX_URLS = 50_000;
const MAX_BYTES = 52_428_800;
const NAMESPACE = 'http://www.sitemaps.org/schemas/sitemap/0.9';

/** Returns the sitemap of some URLs, by file; with an index if one sitemap cannot list them all. */
export function writeSitemaps(
  urls: readonly string[],
  fileUrl: (file: string) => string,
): ReadonlyMap<string, Buffer> {
  const parts = partsOf(urls.map((url) => entry('url', url)));
  if (parts.length === 1) return new Map([['sitemap.xml', list('urlset', parts[0] ?? [])]]);
  const files = parts.map((part, index) => [`sitemap-${index + 1}.xml`, list('urlset', part)] as const);
  const entries = files.map(([file]) => entry('sitemap', fileUrl(file)));
  return new Map([['sitemap.xml', list('sitemapindex', entries)], ...files]);
}

/** Splits the entries. There is at least one part, so that a site without pages has a sitemap too. */
function partsOf(entries: readonly string[]): readonly (readonly string[])[] {
  const frame = list('urlset', []).length;
  let part: string[] = [];
  let bytes = frame;
  const parts = [part];
  for (const one of entries) {
    const size = Buffer.byteLength(one);
    if (part.length === MAX_URLS || (part.length > 0 && bytes + size > MAX_BYTES)) {
      part = [];
      bytes = frame;
      parts.push(part);
    }
    part.push(one);
    bytes += size;
  }
  return parts;
}

function entry(element: string, url: string): string {
  return `  <${element}><loc>${escapeHtml(url)}</loc></${element}>\n`;
}

function list(root: string, entries: readonly string[]): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?>\n<${root} xmlns="${NAMESPACE}">\n${entries.join('')}</${root}>\n`,
  );
}
