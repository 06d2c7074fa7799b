import { Parser } from 'htmlparser2';
import { urlsOfSrcset } from '../../page/srcset.js';
import { isAssetProperty, kindOfRelations, type LinkKind } from './link-relations.js';

/** One link as it was found in a page. */
export interface Link {
  readonly kind: LinkKind;
  /** As it is written, with entities resolved, and without spaces around it. */
  readonly written: string;
  /** Where it leads, with `<base>` applied; its fragment is kept. */
  readonly url: URL;
  readonly element: string;
  readonly attribute: string;
  /** Where the element begins in the text, in UTF-16 code units. */
  readonly position: number;
}

/** Elements whose empty `href` leads somewhere: to the page, or to its `<base>`. Other elements then load nothing. */
const linksIfEmpty: ReadonlySet<string> = new Set(['a', 'area']);

/**
 * Returns the links of an HTML page that lead to a server, on any host. Links of scripts, mail, telephone and data are
 * left out, and unreadable ones. Text in scripts, comments and sources of templates is no link.
 */
export function extractLinks(html: string, pageUrl: URL): readonly Link[] {
  const found: Found[] = [];
  const parser = new Parser({
    onopentag: (element, attributes) => {
      for (const one of linksOf(element, attributes))
        found.push({ element, position: parser.startIndex, ...one });
    },
  });
  parser.end(html);
  const baseUrl = documentBase(html, pageUrl);
  return found.flatMap((one) => {
    if (one.written === '' && !linksIfEmpty.has(one.element)) return [];
    const url = parseUrl(one.written, baseUrl);
    return url === undefined ? [] : [{ url, ...one }];
  });
}

/** Returns the base of relative URLs, also those in styles and scripts of the page: the page, or its first `<base>`. */
export function documentBase(html: string, pageUrl: URL): URL {
  if (!/<base\s/i.test(html)) return pageUrl;
  let base: string | undefined;
  const parser = new Parser({
    onopentag: (element, { href }) => {
      if (element === 'base') base ??= href;
    },
  });
  parser.end(html);
  return parseUrl(base ?? '', pageUrl) ?? pageUrl;
}

/** Returns the paths of pages of the same site that links lead to, with queries and without fragments, each once. */
export function pagePathsOf(links: readonly Link[], pageUrl: URL): readonly string[] {
  const own = links.filter(({ kind, url }) => kind === 'page' && url.host === pageUrl.host);
  return [...new Set(own.map(({ url }) => `${url.pathname}${url.search}`))];
}

/** A page in which links are looked for, as it passes between threads. */
export interface LinkedPage {
  /** HTML in UTF-8. */
  readonly html: Uint8Array;
  readonly url: string;
}

/** See {@link pagePathsOf}. */
export function linkedPages({ html, url }: LinkedPage): readonly string[] {
  const pageUrl = new URL(url);
  return pagePathsOf(extractLinks(new TextDecoder().decode(html), pageUrl), pageUrl);
}

type Found = Omit<Link, 'url'>;
type Attributes = Readonly<Record<string, string>>;
type Written = Pick<Found, 'kind' | 'written' | 'attribute'>;

/** The attributes that hold one URL, by element. */
const single: ReadonlyMap<string, readonly (readonly [attribute: string, kind: LinkKind])[]> = new Map(
  Object.entries({
    a: [['href', 'page']],
    area: [['href', 'page']],
    iframe: [['src', 'page']],
    frame: [['src', 'page']],
    form: [['action', 'form']],
    button: [['formaction', 'form']],
    input: [
      ['formaction', 'form'],
      ['src', 'asset'],
    ],
    img: [['src', 'asset']],
    script: [['src', 'asset']],
    source: [['src', 'asset']],
    track: [['src', 'asset']],
    audio: [['src', 'asset']],
    video: [
      ['src', 'asset'],
      ['poster', 'asset'],
    ],
    embed: [['src', 'asset']],
    object: [['data', 'asset']],
    image: [
      ['href', 'asset'],
      ['xlink:href', 'asset'],
    ],
    use: [
      ['href', 'asset'],
      ['xlink:href', 'asset'],
    ],
  } satisfies Readonly<Record<string, readonly (readonly [attribute: string, kind: LinkKind])[]>>),
);

function linksOf(element: string, attributes: Attributes): readonly Written[] {
  const written = (single.get(element) ?? []).flatMap(([attribute, kind]) => {
    const value = attributes[attribute];
    return value === undefined ? [] : [{ kind, written: value.trim(), attribute }];
  });
  return written.concat(
    candidatesOf(attributes),
    linkElement(element, attributes),
    refresh(element, attributes),
    shownElsewhere(element, attributes),
  );
}

/** The images of `srcset` and `imagesrcset`. */
function candidatesOf(attributes: Attributes): readonly Written[] {
  // Most elements have none, and a page has many elements.
  if (attributes.srcset === undefined && attributes.imagesrcset === undefined) return [];
  return ['srcset', 'imagesrcset'].flatMap((attribute) => {
    const text = attributes[attribute] ?? '';
    return urlsOfSrcset(text).map(({ start, end }) => {
      return { kind: 'asset' as const, written: text.slice(start, end), attribute };
    });
  });
}

function linkElement(element: string, { rel = '', as, href }: Attributes): readonly Written[] {
  const kind = element === 'link' && href !== undefined ? kindOfRelations(rel, as) : undefined;
  return kind === undefined || href === undefined ? [] : [{ kind, written: href.trim(), attribute: 'href' }];
}

/** `<meta http-equiv="refresh" content="5; url=/next">` leads to a page as a link does. */
function refresh(element: string, attributes: Attributes): readonly Written[] {
  if (element !== 'meta' || attributes['http-equiv']?.toLowerCase() !== 'refresh') return [];
  const url = /^[\s\d.]*[;,\s]\s*url\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*))$/is.exec(attributes.content ?? '');
  const written = (url?.[1] ?? url?.[2] ?? url?.[3] ?? '').trim();
  return written === '' ? [] : [{ kind: 'page', written, attribute: 'content' }];
}

/** `<meta property="og:image" content="/picture.png">` */
function shownElsewhere(element: string, { property, name, content }: Attributes): readonly Written[] {
  if (element !== 'meta' || content === undefined || !isAssetProperty(property ?? name ?? '')) return [];
  return [{ kind: 'asset', written: content.trim(), attribute: 'content' }];
}

function parseUrl(written: string, base: URL): URL | undefined {
  if (!URL.canParse(written, base.href)) return undefined;
  const url = new URL(written, base);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}
