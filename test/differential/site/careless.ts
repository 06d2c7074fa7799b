import type { Express, Request, RequestHandler, Response } from 'express';
import { escapeHtml, htmlOf } from './text.js';

/**
 * Answers that depend on the request and do not say so, neither in Vary nor in Cache-Control. If one were stored, other
 * visitors would get it.
 */
const byHeader = (name: string): RequestHandler => {
  return (request, response) => void response.send(htmlOf(request, name, shown(request, name)));
};

const shown = (request: Request, name: string) => `<pre>${escapeHtml(request.get(name) ?? 'none')}</pre>`;

/** Returns the visitor's address, as apps find it behind a server and without one. */
const addressOf = (request: Request) =>
  request.get('X-Forwarded-For') ?? String(request.socket.remoteAddress).replace(/^::ffff:/, '');

/** Answers scripts with a fragment, and all other clients with the whole page. */
const fragmentBy = (...names: readonly string[]): RequestHandler => {
  return (request, response) => {
    const isFragment = names.some((name) => request.get(name) !== undefined);
    response.send(isFragment ? '<p>a fragment</p>' : htmlOf(request, 'whole'));
  };
};

/** A page with the date of that day, as if a server behind the app had made it. */
const dated = (headers: Readonly<Record<string, string>>): RequestHandler => {
  return (request, response) => {
    response.set({ Date: 'Thu, 01 Jan 2026 00:00:00 GMT', ...headers }).send(htmlOf(request, 'dated'));
  };
};

const carelessPages: Readonly<Record<string, RequestHandler>> = {
  '/careless/agent': (request, response) =>
    void response.send(
      htmlOf(request, /bot|curl/i.test(request.get('User-Agent') ?? '') ? 'robot' : 'person'),
    ),
  '/careless/language': (request, response) =>
    void response.send(htmlOf(request, 'language', request.acceptsLanguages('en', 'de', 'ja') || 'none')),
  '/careless/referer': byHeader('Referer'),
  '/careless/purpose': byHeader('Sec-Purpose'),
  '/careless/data': byHeader('Save-Data'),
  '/careless/original': byHeader('X-Original-URL'),
  '/careless/cors': (request, response) => {
    response.set('Access-Control-Allow-Origin', request.get('Origin') ?? 'https://site.example');
    response.send(htmlOf(request, 'cors'));
  },
  '/careless/fragment': fragmentBy('HX-Request', 'Turbo-Frame', 'X-PJAX', 'X-Inertia', 'X-Up-Version'),
  '/careless/target': fragmentBy('HX-Target', 'HX-Boosted'),
  '/careless/own': fragmentBy('X-Fragment'),
  '/careless/rsc': (request, response) => {
    response.set('Vary', 'RSC, Next-Router-State-Tree, Next-Router-Prefetch, Accept-Encoding');
    fragmentBy('RSC')(request, response, () => undefined);
  },
  '/careless/xhr': (request, response) =>
    void response.send(request.xhr ? '<p>a fragment</p>' : htmlOf(request, 'whole')),
  '/careless/accept': (request, response) => {
    if (/json/.test(request.get('Accept') ?? '')) response.json({ negotiated: true });
    else response.send(htmlOf(request, 'html'));
  },
  '/careless/cart': byCookie(/(?:^|; *)cart=(\w+)/),
  '/careless/member': byCookie(/(?:^|; *)(?:wordpress_logged_in_\w+|ghost-members-ssr)=(\w+)/),
  '/careless/preview': byCookie(/(?:^|; *)preview=(\w+)/),
  '/careless/address': (request, response) =>
    void response.send(htmlOf(request, 'address', `<p>${escapeHtml(addressOf(request))}</p>`)),
  '/careless/everything': (request, response) => {
    // The middleware hides the conditional headers of a miss from the app.
    const hidden = ['connection', 'host', 'if-none-match', 'if-modified-since'];
    const names = Object.keys(request.headers).filter((name) => !hidden.includes(name));
    response.send(htmlOf(request, 'everything', escapeHtml(JSON.stringify(names.sort()))));
  },
  '/careless/raw': (request, response) => {
    const at = request.rawHeaders.findIndex((name) => name.toLowerCase() === 'accept-language');
    response.send(htmlOf(request, 'raw', escapeHtml(request.rawHeaders[at + 1] ?? 'none')));
  },
  '/careless/token': tokenIn("<form><input type='hidden' name='authenticity_token' value='x'></form>"),
  '/careless/token-bare': tokenIn('<form><INPUT NAME=_csrf VALUE=x></form>'),
  '/careless/token-asp': tokenIn('<input name="__RequestVerificationToken" value="x">'),
  '/careless/old': dated({ 'Cache-Control': 'max-age=3600' }),
  '/careless/fresh': dated({ 'Cache-Control': 'max-age=3153600000' }),
  '/careless/expired': dated({ Expires: 'Thu, 01 Jan 2026 01:00:00 GMT' }),
  // If the app reads Cache-Control, its answer does not depend on the visitor, except for this directive.
  '/careless/no-store': (request, response) => {
    const isMeant = /(?:^|[,;\s])no-store(?:[,;=\s]|$)/i.test(request.get('Cache-Control') ?? '');
    response.send(htmlOf(request, 'no-store', isMeant ? shown(request, 'Cache-Control') : 'none'));
  },
};

function byCookie(pattern: RegExp): RequestHandler {
  return (request: Request, response: Response) => {
    const value = pattern.exec(request.headers.cookie ?? '')?.[1] ?? 'nobody';
    response.send(htmlOf(request, 'personal', `<p>${escapeHtml(value)}</p>`));
  };
}

function tokenIn(form: string): RequestHandler {
  return (request, response) => void response.send(htmlOf(request, 'form', form));
}

export const carelessPaths: readonly string[] = Object.keys(carelessPages);

export function mountCareless(app: Express): void {
  for (const [path, handler] of Object.entries(carelessPages)) app.get(path, handler);
}
