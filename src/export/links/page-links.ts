import { typeByName, UNKNOWN_TYPE } from '../../deploy/content-types.js';
import type { LinkKind } from '../../publish/warm/link-relations.js';
import { extractLinks } from '../../publish/warm/links.js';
import { hasKnownExtension, isHtmlType } from '../files/layout.js';
import { linksOfCss } from './check.js';

/** Where a page is, and which hosts are its site's. */
export interface PagePlace {
  readonly pageUrl: URL;
  readonly hosts: ReadonlySet<string>;
}

interface FoundLink {
  readonly kind: LinkKind;
  readonly url: URL;
}

/**
 * The targets on its own hosts that a page links to, or a style sheet or an XML file loads. A page with a query is left out: a
 * file cannot answer it. The query of an asset only tells its versions apart.
 */
export function targetsOf(body: Buffer, type: string, { pageUrl, hosts }: PagePlace): readonly string[] {
  const links = isHtmlType(type)
    ? extractLinks(body.toString(), pageUrl)
    : loadedBy(body, type).flatMap((written) =>
        URL.canParse(written, pageUrl.href)
          ? [{ kind: 'asset' as const, url: new URL(written, pageUrl) }]
          : [],
      );
  const own = links.filter(({ kind, url }) => kind !== 'form' && hosts.has(url.host));
  return [...new Set(own.flatMap(targetOf))];
}

function loadedBy(body: Buffer, type: string): readonly string[] {
  if (/^text\/css\b/i.test(type)) return linksOfCss(body.toString());
  if (!/[/+]xml\b/i.test(type)) return [];
  const styles = body.toString().matchAll(/<\?xml-stylesheet\s[^>]*?\bhref=(?:"([^"]*)"|'([^']*)')/g);
  return Array.from(styles, ([, double, single]) => double ?? single ?? '');
}

function targetOf({ kind, url: { pathname, search } }: FoundLink): readonly string[] {
  const isFile = kind === 'asset' ? typeByName(pathname) !== UNKNOWN_TYPE : hasKnownExtension(pathname);
  return search === '' || isFile ? [pathname] : [];
}
