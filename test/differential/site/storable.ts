import { Readable } from 'node:stream';
import type { Express, Request, RequestHandler, Response } from 'express';
import { htmlOf, noiseOf, pathOf, textOf } from './text.js';

type Body = string | Buffer | ((request: Request) => string);

/** Returns a handler that answers with one type. */
const typed =
  (type: string, body: Body): RequestHandler =>
  (request, response) => {
    response.type(type).send(typeof body === 'function' ? body(request) : body);
  };

const html = typed('html', (request) => htmlOf(request, 'a page'));
const feed = typed('application/rss+xml', (request) => `<rss>${pathOf(request)}</rss>`);
const json: RequestHandler = (request, response) =>
  void response.json({ path: pathOf(request), items: [1, 2, 3] });

/** Sends the pieces one by one, each in its own turn of the event loop. */
export function sendPieces(response: Response, pieces: readonly string[]): void {
  Readable.from(pieces).pipe(response);
}

/** Pages of every kind, by their exact path. */
const exactPages: Readonly<Record<string, RequestHandler>> = {
  '/': html,
  '/blog/': html,
  '/blog': html,
  '/blog.html': html,
  '/blog/hello-world': html,
  '/docs/v1.2': html,
  '/@user': html,
  '/~user': html,
  '/Foo_(bar)': html,
  '/a+b,c': html,
  '/$uri': html,
  '/machine%20learning': html,
  '/a%20b/': html,
  '/my%20file.html': html,
  '/%20': html,
  '/tagged/one/rss/': feed,
  '/tagged/two%20words/rss/': feed,
  '/everybody/page': html,
  '/everybody/two%20words': html,
  '/everybody/greeted': (request, response) => {
    // The page is the same for all visitors, because it reads nothing of the request.
    response.type('html').send(htmlOf(request, 'welcome'));
  },
  '/index': html,
  '/caf%C3%A9': html,
  '/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82/': html,
  '/%E6%97%A5%E6%9C%AC/%E8%AA%9E': html,
  '/%F0%9F%98%80': html,
  '/old.htm': html,
  '/data.json': json,
  '/api/posts': json,
  '/api/empty': (_request, response) => void response.json([]),
  '/robots.txt': typed('txt', 'User-agent: *\nDisallow:\n'),
  '/icon.svg': typed(
    'svg',
    (request) => `<svg xmlns="http://www.w3.org/2000/svg"><!-- ${pathOf(request)} --></svg>`,
  ),
  '/style.css': typed('css', `body { color: black }\n/* ${textOf(2000)} */`),
  '/app.js': typed('js', 'export {};\n'),
  '/site.webmanifest': (_request, response) =>
    void response.set('Content-Type', 'application/manifest+json; charset=utf-8').send('{"name":"site"}'),
  '/photo.png': typed('png', noiseOf(5_000)),
  '/paper.pdf': typed('pdf', noiseOf(120_000)),
  '/dates.ics': typed('ics', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'),
  '/table.csv': typed('csv', 'a,b\n1,2\n'),
  '/notes.md': (_request, response) =>
    void response.set('Content-Type', 'text/markdown; charset=utf-8').send(`# Notes\n${textOf(1500)}`),
  '/tiny': typed('html', 'x'),
  '/empty': (_request, response) => void response.type('html').end(),
  '/large': typed('html', (request) => `${htmlOf(request, 'large')}${textOf(150_000)}`),
  '/stream/pieces': (request, response) =>
    sendPieces(response.type('html'), [htmlOf(request, 'pieces'), 'a', '', textOf(5_000)]),
  '/stream/large': (request, response) =>
    sendPieces(response.type('html'), [htmlOf(request, 'large'), ...Array<string>(20).fill(textOf(8_000))]),
  '/stream/flushed': (request, response) => {
    response.type('html').flushHeaders();
    setImmediate(() => response.end(htmlOf(request, 'flushed')));
  },
  '/stream/head': (request, response) => {
    response.writeHead(200, 'Fine', { 'Content-Type': 'text/html; charset=utf-8' });
    response.write(htmlOf(request, 'head'));
    response.end(Buffer.from('the end').toString('base64'), 'base64');
  },
};

/** Paths that are pages, from which the grammar begins. */
export const storablePaths: readonly string[] = [
  ...Object.keys(exactPages),
  ...['/feed.xml', '/about', '/about/', '/wiki/', '/wiki/a', '/wiki/b.html', '/wiki/c.json'],
  ...['/wiki/d/e/', '/wiki/caf%C3%A9', '/wiki/json-e', '/wiki/f.txt', '/static/page.html', '/hidden/frame'],
];

export function mountStorable(app: Express, feedType: string): void {
  app.get('/feed.xml', (_request, response) => {
    response.set('Content-Type', feedType).send(`<rss>${textOf(1200)}</rss>`);
  });
  app.get('/about', html);
  app.get('/wiki{/*rest}', (request, response) => {
    const name = pathOf(request).split('/').at(-1) ?? '';
    const extension = /\.(html|json|txt|xml|css|svg)$/.exec(name)?.[1];
    if (extension === 'json' || name.startsWith('json-')) response.json({ path: pathOf(request) });
    else if (extension === 'xml') response.set('Content-Type', feedType).send(`<a>${pathOf(request)}</a>`);
    else response.type(extension ?? 'html').send(htmlOf(request, 'wiki'));
  });
  app.get('/{*any}', (request, response, next) => {
    const handler = exactPages[pathOf(request)];
    if (handler === undefined) next();
    else handler(request, response, next);
  });
}
