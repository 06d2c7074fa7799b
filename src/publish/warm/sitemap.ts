import { Parser } from 'htmlparser2';
import { decode } from '../../files/compress.js';

/** More than the protocol of sitemaps allows. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What a sitemap lists (https://www.sitemaps.org/protocol.html): pages, or, if it is an index, other sitemaps. */
export interface Sitemap {
  readonly pages: readonly string[];
  readonly sitemaps: readonly string[];
}

/**
 * Yields the targets of all pages that a sitemap lists, or the sitemaps of an index. An index may wrongly list itself.
 * `fetch` returns the text of a sitemap, or `undefined` if there is none to read.
 */
export async function* targetsOfSitemap(
  path: string,
  fetch: (path: string) => Promise<string | undefined>,
  seen = new Set<string>(),
): AsyncGenerator<string> {
  if (seen.has(path)) return;
  seen.add(path);
  const xml = await fetch(path);
  const { pages, sitemaps } = readSitemap(xml ?? '');
  for (const page of pages) yield targetOf(page);
  for (const sitemap of sitemaps) yield* targetsOfSitemap(targetOf(sitemap), fetch, seen);
}

/** Returns path and query: a sitemap names the public address of the site, whatever host pages are rendered for. */
function targetOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** Returns the text of a sitemap or an index, compressed or not, as its protocol allows. Rejects for anything else. */
export async function textOfSitemap(body: Buffer): Promise<string> {
  const isCompressed = body[0] === 0x1f && body[1] === 0x8b;
  const xml = (isCompressed ? await decode(body, 'gzip', MAX_BYTES) : body).toString();
  if (/<(?:[^\s<>/]+:)?(?:urlset|sitemapindex)[\s/>]/.test(xml)) return xml;
  throw new Error('it is not an XML sitemap with <urlset> or <sitemapindex>');
}

/** Reads a sitemap or an index of sitemaps; anything else lists nothing. */
export function readSitemap(xml: string): Sitemap {
  const pages: string[] = [];
  const sitemaps: string[] = [];
  const open: string[] = [];
  const prefixes = new Set(USUAL_PREFIXES);
  let text = '';
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        for (const prefix of sitemapPrefixesIn(attributes)) prefixes.add(prefix);
        const [prefix = '', local] = name.split(':');
        open.push(local !== undefined && prefixes.has(prefix) ? local : name);
        text = '';
      },
      ontext: (more) => {
        text += more;
      },
      onclosetag: () => {
        const [parent, element] = open.slice(-2);
        open.pop();
        // Images and videos of a page have a `loc` of their own, in another namespace.
        if (element !== 'loc' || text.trim() === '') return;
        if (parent === 'url') pages.push(text.trim());
        if (parent === 'sitemap') sitemaps.push(text.trim());
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(xml);
  return { pages, sitemaps };
}

/** Prefixes that mean the namespace of sitemaps, even if a sitemap does not declare them. */
const USUAL_PREFIXES = ['sm', 'sitemap'];
const NAMESPACE =
  /^https?:\/\/(?:www\.)?(?:sitemaps\.org\/schemas\/sitemap|google\.com\/schemas\/sitemap)\/[\d.]+\/?$/i;

/** Returns the prefixes that a sitemap gives to its own namespace. Elements of other namespaces have other prefixes. */
function sitemapPrefixesIn(attributes: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(attributes)
    .filter(([name, value]) => name.startsWith('xmlns:') && NAMESPACE.test(value.trim()))
    .map(([name]) => name.slice('xmlns:'.length));
}
