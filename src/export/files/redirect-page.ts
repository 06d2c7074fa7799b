import { withBase } from './layout.js';

/** Returns a page that redirects visitors, for hosts that have no redirects. */
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

/** Returns a redirect page to a URL that may be in the export itself, which has this host and is under this base. */
export function redirectPageTo(
  url: URL,
  { host, base }: { readonly host: string; readonly base: string },
): Buffer {
  const isOwn = url.host === host;
  return redirectPage(isOwn ? withBase(`${url.pathname}${url.search}${url.hash}`, base) : url.href);
}

/** Returns the URL to which a page redirects; `undefined` if it is not a web address, but a script, for example. */
export function redirectTarget(location: string, pageUrl: URL): URL | undefined {
  if (!URL.canParse(location, pageUrl.href)) return undefined;
  const url = new URL(location, pageUrl);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** Escapes a text for HTML, also within attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
