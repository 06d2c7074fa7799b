import { extractLinks } from '../../publish/warm/links.js';
import { hasKnownExtension, isHtmlType } from '../files/layout.js';
import { linksOfCss } from './check.js';

/**
 * The targets on its own host that a page links to, or a style sheet loads. A page with a query is left out: a file cannot
 * answer it. An asset's query only tells its versions apart.
 */
export function targetsOf(body: Buffer, type: string, pageUrl: URL): readonly string[] {
  const urls = isHtmlType(type) ? urlsInHtml(body, pageUrl) : urlsInCss(body, type, pageUrl);
  const own = urls.filter(({ host }) => host === pageUrl.host);
  return [...new Set(own.flatMap(targetOf))];
}

function urlsInHtml(body: Buffer, pageUrl: URL): readonly URL[] {
  return extractLinks(body.toString(), pageUrl).flatMap(({ kind, url }) => (kind === 'form' ? [] : [url]));
}

function urlsInCss(body: Buffer, type: string, pageUrl: URL): readonly URL[] {
  if (!/^text\/css\b/i.test(type)) return [];
  return linksOfCss(body.toString()).flatMap((written) =>
    URL.canParse(written, pageUrl.href) ? [new URL(written, pageUrl)] : [],
  );
}

function targetOf({ pathname, search }: URL): readonly string[] {
  return search === '' || hasKnownExtension(pathname) ? [pathname] : [];
}
