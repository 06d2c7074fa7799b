import type { Express, Request } from 'express';
import type { Setting } from './settings.js';
import { escapeHtml, htmlOf } from './text.js';

/**
 * Answers that show the request, as HTTP allows: through inputs that bypass the cache (query, method, credentials,
 * sessions, host), or through inputs declared by Vary or Cache-Control. A wrong hit shows another visitor's request.
 */
export const reflectingPaths: readonly string[] = [
  ...['/search', '/search/', '/hello', '/method', '/echo', '/host', '/theme', '/language', '/basket'],
  ...['/admin', '/admin/users', '/raw/data', '/raw/page.html'],
];

const show = (value: unknown) => `<pre>${escapeHtml(JSON.stringify(value))}</pre>`;

export function mountReflecting(app: Express, setting: Setting): void {
  app.get(
    '/search',
    (request, response) => void response.send(htmlOf(request, 'search', show(queryOf(request)))),
  );
  app.get('/hello', (request, response) => {
    const { authorization, cookie = '' } = request.headers;
    const session = /(?:^|; *)session_name=([^;]*)/.exec(cookie)?.[1];
    response.send(htmlOf(request, 'hello', show({ authorization: authorization || null, session })));
  });
  app.all('/method', (request, response) => void response.send(htmlOf(request, request.method)));
  app.get(
    '/host',
    (request, response) => void response.send(htmlOf(request, escapeHtml(hostOf(request, setting)))),
  );
  app.get('/echo', (request, response) => {
    // The middleware itself judges the conditional headers of a miss.
    const { connection, 'if-none-match': _tag, 'if-modified-since': _date, ...headers } = request.headers;
    response.set('Cache-Control', 'private').send(htmlOf(request, 'echo', show(headers)));
  });
  app.get('/theme', (request, response) => {
    response.vary('Cookie').send(htmlOf(request, 'theme', show(request.headers.cookie ?? '')));
  });
  app.get('/language', (request, response) => {
    response.vary('Accept-Language').send(htmlOf(request, 'language', show(request.acceptsLanguages())));
  });
  app.get('/basket', (request, response) => {
    const items = /(?:^|; *)basket=([^;]*)/.exec(request.headers.cookie ?? '')?.[1] ?? '0';
    response.cookie('basket', `${Number(items) + 1}`).send(htmlOf(request, 'basket', show(items)));
  });
  app.get(['/admin', '/admin/users'], (request, response) => {
    response.send(htmlOf(request, 'admin', show(request.headers.cookie ?? '')));
  });
  app.get('/raw/*rest', (request, response) => {
    response.send(htmlOf(request, 'raw', show(request.headers['accept-language'] ?? '')));
  });
}

/** Returns the query without the parameters that the site ignores. */
function queryOf({ query }: Request): object {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !/^(?:utm_.*|fbclid)$/.test(name)));
}

/**
 * Returns the Host in lower case, because its case has no meaning. Without the option `hosts`, all loopback names share
 * their pages, so a page must not show which name was requested.
 */
function hostOf({ headers: { host = '' } }: Request, { options }: Setting): string {
  const name = host.toLowerCase();
  const isShared =
    options.hosts === undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d*)?$/.test(name);
  return isShared ? 'localhost' : name;
}
