import { withBase } from './layout.js';

/** A page that sends visitors on, for hosts that know no redirects. */
export function redirectPage(target: string): Buffer {
  const to = escapeHtml(target);
  return Buffer.from(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Moved</title>
<meta name="robots" content="noindex">
<link rel="canonical" href="${to}">
<meta http-equiv="refresh" content="0; url=${to}">
</head>
<body>
<p>This page has moved to <a href="${to}">${to}</a>.</p>
</body>
</html>
`);
}

/** The same for a place that may be in the export itself, which is known by its host and lies under a base. */
export function redirectPageTo(
  url: URL,
  { host, base }: { readonly host: string; readonly base: string },
): Buffer {
  const isOwn = url.host === host;
  return redirectPage(isOwn ? withBase(`${url.pathname}${url.search}${url.hash}`, base) : url.href);
}

/**
 * Where a redirect of a page leads, as a link of the export: without the host, if it is the page's own. Undefined for what
 * is no place on the web, such as a script.
 */
export function redirectTarget(location: string, pageUrl: URL): URL | undefined {
  if (!URL.canParse(location, pageUrl.href)) return undefined;
  const url = new URL(location, pageUrl);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** For text and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
