import cors from 'cors';
import type { Express, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { htmlOf, textOf } from './text.js';

type Prepare = (response: Response, request: Request) => unknown;

/** Sets headers, and answers with a page. */
const withHeaders =
  (prepare: Prepare): RequestHandler =>
  (request, response) => {
    response.type('html');
    prepare(response, request);
    response.send(htmlOf(request, 'with headers', textOf(1500)));
  };

const cacheControl = (value: string) => withHeaders((response) => response.set('Cache-Control', value));

/** Pages whose headers nginx would not repeat, by their exact path. */
const undeclaredPages: Readonly<Record<string, RequestHandler>> = {
  '/headers/link': withHeaders((response) =>
    response.append('Link', '</a.css>; rel=preload').append('Link', '</b.js>; rel="preload"'),
  ),
  '/headers/language': withHeaders((response) => response.set('Content-Language', 'en, fr')),
  '/headers/location': withHeaders((response) => response.set('Content-Location', '/headers/location')),
  '/headers/disposition': withHeaders((response) => response.attachment('caf\u00e9.html').type('html')),
  '/headers/latin1': withHeaders((response) => response.set('X-Name', 'caf\u00e9')),
  '/headers/empty': withHeaders((response) => response.set('X-Empty', '')),
  '/headers/number': withHeaders((response) => response.setHeader('X-Number', 7)),
  '/headers/many': withHeaders((response) => response.set('X-Many', ['one', 'two, three', 'four'])),
  '/headers/etag': withHeaders((response) => response.set('ETag', '"of-the-app"')),
  '/headers/modified': withHeaders((response) =>
    response.set('Last-Modified', 'Sat, 01 Jan 2000 00:00:00 GMT'),
  ),
  // Express would change the spelling of this type.
  '/headers/charset': (request, response) => {
    response.setHeader('Content-Type', 'text/html;charset=UTF-8');
    response.end(htmlOf(request, 'with headers', textOf(1500)));
  },
  '/types/feed/': (request, response) =>
    void response.type('application/rss+xml').send(`<rss>${htmlOf(request, 'feed')}</rss>`),
  '/types/post.data': (_request, response) => void response.type('text/x-script').send('[{"a":1}]'),
  '/types/robots.txt': (_request, response) =>
    void response.set('Content-Type', 'text/plain').end('User-agent: *'),
  '/types/page.html': (_request, response) => void response.json({ html: '<script>' }),
  '/types/linked': (request, response) =>
    void response.type('application/ld+json').send(JSON.stringify(htmlOf(request, 'linked'))),
  '/types/latin1': (_request, response) =>
    void response.set('Content-Type', 'text/html; charset=iso-8859-1').end('caf\xe9', 'latin1'),
  '/headers/hop': withHeaders((response) => response.set('X-Hop', '1')),
  '/headers/accel': withHeaders((response) => response.set('X-Accel-Redirect', '/about')),
  '/headers/report-only': withHeaders((response) =>
    response.set('Content-Security-Policy-Report-Only', "default-src 'self'"),
  ),
  '/headers/digest': withHeaders((response) => response.set('Repr-Digest', 'sha-256=:abc=:')),
  '/headers/write-head': (request, response) => {
    response.writeHead(200, ['Content-Type', 'text/html; charset=utf-8', 'X-A', '1', 'X-A', '2']);
    response.end(htmlOf(request, 'with headers'));
  },
  '/fresh/max-age': cacheControl('public, max-age=3600'),
  '/fresh/s-maxage': cacheControl('s-maxage=3600, max-age=60'),
  '/fresh/immutable': cacheControl('public, max-age=31536000, immutable'),
  '/fresh/no-transform': cacheControl('max-age=3600, no-transform'),
  '/fresh/short': cacheControl('max-age=1'),
  '/fresh/public': cacheControl('public'),
  '/fresh/quoted': cacheControl('max-age="3600", extension="a, b"'),
  '/fresh/expires': withHeaders((response) => response.set('Expires', 'Fri, 31 Dec 2099 23:59:59 GMT')),
  '/fresh/both': withHeaders((response) =>
    response.set({ Expires: 'Thu, 01 Jan 1970 00:00:00 GMT', 'Cache-Control': 'max-age=3600' }),
  ),
};

const guarded: Readonly<Record<string, RequestHandler>> = {
  '/guarded/cors': cors(),
  '/guarded/helmet': helmet(),
};

export const undeclaredPaths: readonly string[] = [...Object.keys(undeclaredPages), ...Object.keys(guarded)];

export function mountUndeclared(app: Express): void {
  for (const [path, guard] of Object.entries(guarded))
    app.get(
      path,
      guard,
      withHeaders(() => undefined),
    );
  for (const [path, handler] of Object.entries(undeclaredPages)) app.get(path, handler);
}
