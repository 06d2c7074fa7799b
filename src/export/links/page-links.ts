import { typeByName, UNKNOWN_TYPE } from '../../deploy/content-types.js';
import type { LinkKind } from '../../publish/warm/link-relations.js';
import { documentBase, extractLinks } from '../../publish/warm/links.js';
import { hasKnownExtension, isHtmlType } from '../files/layout.js';
import { linksOfInlineScripts, linksOfScript } from './scripts.js';
import { linksOfCss, linksOfInlineStyles } from './styles.js';

/** The URL of a page, and the hosts of its site. */
export interface PagePlace {
  readonly pageUrl: URL;
  readonly hosts: ReadonlySet<string>;
  /** Whether the site ignores a query, which begins with its `?`. */
  readonly ignoresQuery: (query: string) => boolean;
}

interface FoundLink {
  readonly kind: LinkKind;
  readonly url: URL;
}

/**
 * Returns the targets on the site's own hosts that a page links to, or that a style sheet, a script or an XML file
 * loads. The targets that are pages keep a query if it has more than `ignoreQuery` names. The query of an asset only
 * distinguishes its versions.
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

/** Returns the URLs in a file, in addition to those in the elements of HTML. */
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

/** Returns `src` of icons, screenshots, shortcuts (https://www.w3.org/TR/appmanifest/); if it is not JSON, none. */
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

/** Returns the path of a link to follow, with its query if that makes it a page that no file can be. */
export function targetOf(
  { kind, url: { pathname, search } }: FoundLink,
  ignoresQuery: PagePlace['ignoresQuery'],
): string {
  const isFile = kind === 'asset' ? typeByName(pathname) !== UNKNOWN_TYPE : hasKnownExtension(pathname);
  return isFile || ignoresQuery(search) ? pathname : `${pathname}${search}`;
}
