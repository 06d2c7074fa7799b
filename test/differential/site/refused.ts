import { gzipSync } from 'node:zlib';
import type { Express, Request, RequestHandler, Response } from 'express';
import { MARKER, MAX_BODY_BYTES } from './settings.js';
import { sendPieces } from './storable.js';
import { htmlOf, textOf } from './text.js';

type Prepare = (response: Response, request: Request) => unknown;

/** A page that would be stored, except for one thing. */
const but =
  (prepare: Prepare): RequestHandler =>
  (request, response) => {
    response.type('html');
    prepare(response, request);
    response.send(htmlOf(request, 'refused'));
  };
const header = (name: string, value: string) => but((response) => response.set(name, value));
const status = (code: number) => but((response) => response.status(code));

const withTrailers =
  (isAnnounced: boolean): RequestHandler =>
  (request, response) => {
    response.type('html');
    // Without chunks there can be no trailers, and Node would fail.
    const isChunked = request.method === 'GET' && request.httpVersion === '1.1';
    if (isChunked && isAnnounced) response.set('Trailer', 'X-Sum');
    response.write(htmlOf(request, 'trailers'));
    if (isChunked) response.addTrailers({ 'X-Sum': '1' });
    response.end();
  };

/** What must not become a page, by the last part of its path, with the expected reason. */
export const refusedKinds: Readonly<Record<string, readonly [reason: string, handler: RequestHandler]>> = {
  cookie: ['set-cookie', but((response) => response.cookie('seen', 'yes'))],
  cookies: [
    'set-cookie',
    but((response) => response.cookie('sid', '1', { httpOnly: true }).cookie('b', '2', { path: '/x' })),
  ],
  private: ['cache-control', header('Cache-Control', 'Private')],
  'private-field': ['cache-control', header('Cache-Control', 'max-age=60, private="Set-Cookie"')],
  'no-store': ['cache-control', header('Cache-Control', 'max-age=60, no-store')],
  'no-cache': ['cache-control', header('Cache-Control', 'no-cache')],
  'max-age-0': ['cache-control', header('Cache-Control', 'public, max-age=0')],
  's-maxage-0': ['cache-control', header('Cache-Control', 's-maxage=0, max-age=60')],
  'max-age-negative': ['cache-control', header('Cache-Control', 'max-age=-1')],
  'max-age-malformed': ['cache-control', header('Cache-Control', 'max-age=1h')],
  'max-age-conflict': ['cache-control', header('Cache-Control', 'max-age=1, max-age=60')],
  'must-understand': ['cache-control', header('Cache-Control', 'must-understand, max-age=60')],
  malformed: ['cache-control', header('Cache-Control', 'max-age=60; public')],
  'several-lines': [
    'cache-control',
    but((response) => response.set('Cache-Control', ['max-age=60', 'no-store'])),
  ],
  'expires-past': ['expires', header('Expires', 'Thu, 01 Jan 1970 00:00:00 GMT')],
  'expires-zero': ['expires', header('Expires', '0')],
  pragma: ['pragma', header('Pragma', 'no-cache')],
  age: ['age', header('Age', '7')],
  'vary-cookie': [
    'vary',
    but((response, request) =>
      response.vary('Cookie').set('X-Theme', /theme=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? 'none'),
    ),
  ],
  'vary-any': ['vary', header('Vary', '*')],
  'vary-language': [
    'vary',
    but((response, request) =>
      response.vary('Accept-Language').set('X-Lang', request.acceptsLanguages()[0] ?? ''),
    ),
  ],
  'vary-two': ['vary', header('Vary', 'Accept-Encoding, User-Agent')],
  negotiated: [
    'vary',
    (request, response) =>
      void response.format({
        html: () => response.send(htmlOf(request, 'refused')),
        json: () => response.json({ negotiated: true }),
      }),
  ],
  'no-type': ['content-type', (_request, response) => void response.end('plain bytes')],
  events: [
    'content-type',
    (_request, response) => void response.set('Content-Type', 'text/event-stream').end('data: 1\n\n'),
  ],
  parts: [
    'content-type',
    (_request, response) => void response.set('Content-Type', 'multipart/mixed; boundary=x').end('--x--'),
  ],
  zstd: ['content-encoding', but((response) => response.set('Content-Encoding', 'zstd'))],
  'not-gzip': ['content-encoding', but((response) => response.set('Content-Encoding', 'gzip'))],
  part: ['content-range', header('Content-Range', 'bytes 0-1/9')],
  trailers: ['trailer', withTrailers(true)],
  'trailers-unannounced': ['trailer', withTrailers(false)],
  nonce: ['csp-nonce', header('Content-Security-Policy', "script-src 'nonce-r4nd0m'")],
  'nonce-report': ['csp-nonce', header('Content-Security-Policy-Report-Only', "script-src 'NONCE-r4nd0m'")],
  csrf: ['body-marker', (_request, response) => void response.send('<input name="_csrf" value="x">')],
  marker: [
    'body-marker',
    (request, response) =>
      sendPieces(response.type('html'), [
        htmlOf(request, 'dear'),
        MARKER.slice(0, 6),
        `${MARKER.slice(6)} 7`,
      ]),
  ],
  'zipped-marker': [
    'body-marker',
    (_request, response) =>
      void response
        .type('html')
        .set('Content-Encoding', 'gzip')
        .end(gzipSync(`${MARKER} 7`)),
  ],
  'too-large': [
    'too-large',
    (request, response) => void response.send(htmlOf(request, 'large', textOf(MAX_BODY_BYTES))),
  ],
  'too-large-pieces': [
    'too-large',
    (_request, response) => sendPieces(response.type('html'), Array<string>(40).fill(textOf(8_000))),
  ],
  'status-201': ['status', status(201)],
  'status-204': ['status', (_request, response) => void response.status(204).end()],
  'status-203': ['status', status(203)],
  'status-301': ['status', (_request, response) => void response.redirect(301, '/about')],
  'status-302': ['status', (_request, response) => void response.redirect('/about')],
  'status-304': ['status', (_request, response) => void response.status(304).end()],
  'status-404': ['status', status(404)],
  'status-410': ['status', status(410)],
  'status-418': ['status', status(418)],
  'status-500': [
    'status',
    () => {
      throw new Error('the database is away');
    },
  ],
  'status-503': ['status', but((response) => response.status(503).set('Retry-After', '1'))],
};

export const refusedPaths: readonly string[] = Object.keys(refusedKinds).map((name) => `/refused/${name}`);

export function mountRefused(app: Express): void {
  for (const [name, [, handler]] of Object.entries(refusedKinds)) {
    app.get(`/refused/${name}`, handler);
  }
}
