import { typeByName, UNKNOWN_TYPE } from '../../deploy/content-types.js';
import type { LinkKind } from '../../publish/warm/link-relations.js';
import { documentBase, extractLinks } from '../../publish/warm/links.js';
import { hasKnownExtension, isHtmlType } from '../files/layout.js';
import { linksOfInlineScripts, linksOfScript } from './scripts.js';
import { linksOfCss, linksOfInlineStyles } from './styles.js';

/** Where a page is, and which hosts are its site's. */
export interface PagePlace {
  readonly pageUrl: URL;
  readonly hosts: ReadonlySet<string>;
  /** Whether a query says nothing to the site; it begins with its `?`. */
  readonly ignoresQuery: (query: string) => boolean;
}

interface FoundLink {
  readonly kind: LinkKind;
  readonly url: URL;
}

/**
 * The targets on its own hosts that a page links to, or a style sheet, a script or an XML file loads. Those of pages keep their queries,
 * if there is more in them than `ignoreQuery` names; that of an asset only tells its versions apart.
 */
export async function targetsOf(body: Buffer, type: string, place: PagePlace): Promise<readonly string[]> {
  const { pageUrl, hosts, ignoresQuery } = place;
  const text = /^text\/|[/+](?:xml|json|javascript)\b/i.test(type) ? body.toString() : '';
  const links = isHtmlType(type) || isSvg(type) ? extractLinks(text, pageUrl) : [];
  const base = isHtmlType(type) ? documentBase(text, pageUrl) : pageUrl;
  const loaded = await loadedBy(text, type, pageUrl);
  const assets = loaded.flatMap((written) =>
    URL.canParse(written, base.href) ? [{ kind: 'asset' as const, url: new URL(written, base) }] : [],
  );
  const own = [...links, ...assets].filter(({ kind, url }) => kind !== 'form' && hosts.has(url.host));
  return [...new Set(own.map((link) => targetOf(link, ignoresQuery)))];
}

/** Beside what elements of HTML name. */
async function loadedBy(text: string, type: string, { pathname }: URL): Promise<readonly string[]> {
  if (isHtmlType(type)) return [...linksOfInlineStyles(text), ...(await linksOfInlineScripts(text))];
  if (/^text\/css\b/i.test(type)) return linksOfCss(text);
  if (/^(?:text|application)\/javascript\b/i.test(type)) return await linksOfScript(text);
  if (/^application\/manifest\+json\b/i.test(type)) return picturesOfManifest(text);
  if (pathname === '/robots.txt') return sitemapsOfRobots(text);
  if (!/[/+]xml\b/i.test(type)) return [];
  const styles = text.matchAll(/<\?xml-stylesheet\s[^>]*?\bhref=(?:"([^"]*)"|'([^']*)')/g);
  const sheets = Array.from(styles, ([, double, single]) => double ?? single ?? '');
  return isSvg(type) ? [...sheets, ...linksOfInlineStyles(text)] : sheets;
}

function isSvg(type: string): boolean {
  return /^image\/svg\+xml\b/i.test(type);
}

/** https://www.sitemaps.org/protocol.html#submit_robots */
function sitemapsOfRobots(text: string): readonly string[] {
  return Array.from(text.matchAll(/^[ \t]*sitemap[ \t]*:[ \t]*(\S+)/gim), ([, url]) => url ?? '');
}

/** The `src` of icons, screenshots and shortcuts (https://www.w3.org/TR/appmanifest/); of what is no JSON, none. */
function picturesOfManifest(text: string): readonly string[] {
  const found: string[] = [];
  try {
    JSON.parse(text, (name, value: unknown) => {
      if (name === 'src' && typeof value === 'string') found.push(value);
      return value;
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return found;
}

/** The path of a link that is to be followed; with its query, if that makes it a page that no file can be. */
export function targetOf(
  { kind, url: { pathname, search } }: FoundLink,
  ignoresQuery: PagePlace['ignoresQuery'],
): string {
  const isFile = kind === 'asset' ? typeByName(pathname) !== UNKNOWN_TYPE : hasKnownExtension(pathname);
  return isFile || ignoresQuery(search) ? pathname : `${pathname}${search}`;
}
