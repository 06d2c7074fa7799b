/** What a link is for: another page, something that the page is made of, or where a form goes. */
export type LinkKind = 'page' | 'asset' | 'form';

/**
 * The relations of `<link>` (https://html.spec.whatwg.org/multipage/links.html#linkTypes, and the registries that it
 * names) that name other pages, or what a page is made of. All others, such as `preconnect`, `webmention` and
 * `pingback`, name servers, endpoints and accounts: there is nothing to fetch.
 */
const kinds: ReadonlyMap<string, LinkKind> = new Map([
  ...kindOf('asset', ['stylesheet', 'icon', 'apple-touch-icon', 'apple-touch-icon-precomposed', 'mask-icon']),
  ...kindOf('asset', ['apple-touch-startup-image', 'fluid-icon', 'image_src', 'manifest', 'preload']),
  ...kindOf('asset', [
    'modulepreload',
    'prefetch',
    'compression-dictionary',
    'enclosure',
    'search',
    'sitemap',
  ]),
  ...kindOf('page', ['alternate', 'amphtml', 'archives', 'author', 'bookmark', 'canonical', 'contents']),
  ...kindOf('page', [
    'copyright',
    'first',
    'glossary',
    'help',
    'index',
    'last',
    'license',
    'next',
    'prerender',
  ]),
  ...kindOf('page', [
    'prev',
    'previous',
    'privacy-policy',
    'section',
    'start',
    'tag',
    'terms-of-service',
    'up',
  ]),
]);

/** What `<meta>` names by URL: pictures and sounds that other sites show next to a link to the page. */
const pictures =
  /^(?:og:(?:image|video|audio)(?::(?:url|secure_url))?|twitter:(?:image(?::src)?|player:stream)|msapplication-(?:tileimage|(?:square|wide)\d+x\d+logo)|thumbnail)$/;

/** Whether the content of a `<meta>` with this property, or name, is the URL of an asset. */
export function isAssetProperty(property: string): boolean {
  return pictures.test(property.toLowerCase());
}

function kindOf(kind: LinkKind, names: readonly string[]): readonly (readonly [string, LinkKind])[] {
  return names.map((name) => [name, kind]);
}

/** Returns what a `<link>` with these relations names, if it can be fetched. An alternate style sheet is an asset. */
export function kindOfRelations(rel: string, as = ''): LinkKind | undefined {
  const found = rel
    .toLowerCase()
    .split(/\s+/)
    .map((name) => kinds.get(name));
  if (!found.includes('asset')) return found.find((kind) => kind !== undefined);
  return as.toLowerCase() === 'document' ? 'page' : 'asset';
}
