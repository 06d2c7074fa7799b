import type { IncomingMessage, ServerResponse } from 'node:http';
import { isForCaches, PERSONAL_CACHE_CONTROL } from '../page/response/headers.js';
import { holdResponse } from '../request/response/hold.js';
import { originalTarget } from '../request/visit.js';
import type { IslandContent } from './content.js';
import { VisitorCookies } from './cookies.js';
import type { IncludedIslands } from './included.js';
import { isIslandTarget } from './island.js';
import type { ResolvedIslands } from './options.js';
import type { IslandRenderer } from './renderer.js';
import { islandScript } from './script.js';

/** The script asks for no more islands than this in one request. */
const MAX_ISLANDS = 20;
const TIMEOUT_MS = 15_000;
/** A request header that no other site can send, unless this site allows it to. */
const MARK = 'x-islands';
/** The value of this header in requests for what is put into a page. */
const INCLUDE_MARK = 'include';

/** Headers of responses for one visitor. */
const personal = {
  'cache-control': PERSONAL_CACHE_CONTROL,
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export interface IslandAnswersParts {
  readonly islands: ResolvedIslands;
  readonly renderer: IslandRenderer;
  /** `undefined` if no island is put into a page. */
  readonly included: IncludedIslands | undefined;
}

/** Answers requests for the script of islands, and requests of the script. Ensures that no cache keeps an island. */
export class IslandAnswers {
  readonly #parts: IslandAnswersParts;

  constructor(parts: IslandAnswersParts) {
    this.#parts = parts;
  }

  /** Returns whether it answers a request. Islands themselves are for the app, but no cache may keep its response. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { islands } = this.#parts;
    const { path, query } = targetOf(request);
    if (!path.startsWith(`${islands.path}/`)) {
      if (mayBeIsland(islands, path)) forbidKeeping(response);
      return false;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, { allow: 'GET, HEAD' });
    else if (path === `${islands.path}/${islandScript.name}`) sendScript(response);
    else if (path === `${islands.path}/`) this.#send(request, response, new URLSearchParams(query));
    else if (path === islands.includePath) this.#include(request, response, new URLSearchParams(query));
    else refuse(response, 404);
    return true;
  }

  #send(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    const site = request.headers['sec-fetch-site'] ?? 'same-origin';
    const named = [...new Set(query.getAll('url'))];
    const urls = named.filter((url) => isIslandTarget(this.#parts.islands, url));
    if (request.headers[MARK] === undefined || site !== 'same-origin') refuse(response, 403);
    else if (urls.length === 0 || named.length > MAX_ISLANDS) refuse(response, 400);
    else {
      // Someone else may have written a part of the page, and named anything there. Its other islands are answered.
      for (const url of named)
        if (!urls.includes(url)) this.#parts.renderer.failed(url, 'no pattern of `islands.urls` matches it');
      void this.#respond(request, response, urls);
    }
  }

  /** Answers nginx, which puts the island into a page. The visitor may have come to that page from anywhere. */
  #include(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    const { included } = this.#parts;
    if (request.headers[MARK] !== INCLUDE_MARK || included === undefined) {
      refuse(response, 403);
      return;
    }
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    void included.htmlOf(request, query.get('url') ?? '', leaving.signal).then((html) => {
      if (!response.headersSent) sendHtml(response, html);
    });
  }

  /** Never rejects. Middleware before may have answered meanwhile, for example middleware that limits the time. */
  async #respond(request: IncomingMessage, response: ServerResponse, urls: readonly string[]): Promise<void> {
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    try {
      const { parts, cookies } = await this.#collect(request, urls, leaving.signal);
      if (!response.headersSent) sendParts(response, parts, cookies);
    } catch (error) {
      this.#parts.renderer.unanswerable(error);
      if (!response.headersSent) refuse(response, 500);
    }
  }

  /** Renders islands in turn: what one sets, such as a session, the next one has. Stops when the visitor has left. */
  async #collect(request: IncomingMessage, urls: readonly string[], leaving: AbortSignal) {
    const cookies = new VisitorCookies(request.headers.cookie);
    const signal = AbortSignal.any([leaving, AbortSignal.timeout(TIMEOUT_MS)]);
    const bounds = { signal, timeoutMs: TIMEOUT_MS };
    const parts: Record<string, IslandContent> = {};
    for (const url of urls) {
      const asked = { request, url, cookie: cookies.header, ...bounds };
      const { content, cookies: set } = await this.#parts.renderer.render(asked);
      if (leaving.aborted) break;
      cookies.take(set);
      if (content !== undefined) parts[url] = content;
    }
    return { parts, cookies: cookies.set };
  }
}

/** Returns path and query of the target as sent, which may be in absolute form. */
function targetOf(request: IncomingMessage) {
  const target = originalTarget(request).replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const [path = ''] = target.split('?', 1);
  return { path, query: target.slice(path.length + 1) };
}

/** Whether a path may lead to an island: routers also find routes in other spellings. */
function mayBeIsland({ isIsland }: ResolvedIslands, path: string): boolean {
  const decoded = decodedOf(path);
  const usual = decoded.toLowerCase().replace(/(?<=.)\/+$/, '');
  return [decoded, usual, `${usual}/`].some(isIsland);
}

function decodedOf(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // Routers find no route there.
  }
}

function forbidKeeping(response: ServerResponse): void {
  holdResponse(response, () => {
    for (const name of response.getHeaderNames()) if (isForCaches(name)) response.removeHeader(name);
    response.setHeader('cache-control', PERSONAL_CACHE_CONTROL);
    return undefined;
  });
}

function sendScript(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/javascript; charset=utf-8',
    'content-length': islandScript.body.length,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  });
  response.end(islandScript.body);
}

function sendParts(
  response: ServerResponse,
  parts: Readonly<Record<string, IslandContent>>,
  cookies: readonly string[],
): void {
  const body = Buffer.from(JSON.stringify(parts));
  if (cookies.length > 0) response.appendHeader('set-cookie', [...cookies]);
  response.writeHead(200, {
    ...personal,
    'content-type': 'application/json',
    'content-length': body.length,
  });
  response.end(body);
}

/** Sends an empty body if there is nothing to put in. */
function sendHtml(response: ServerResponse, html: Buffer = Buffer.alloc(0)): void {
  response.writeHead(200, {
    ...personal,
    'content-type': 'text/html; charset=utf-8',
    'content-length': html.length,
  });
  response.end(html);
}

function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...personal, ...headers, 'content-length': 0 });
  response.end();
}
