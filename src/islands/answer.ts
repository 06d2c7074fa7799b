import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { messageOf } from '../errors.js';
import { type Logger, OnceLog } from '../log.js';
import { renderPath } from '../publish/render/render.js';
import type { SyntheticResponse } from '../publish/render/response-reader.js';
import { holdResponse } from '../request/response/hold.js';
import { originalTarget } from '../request/visit.js';
import { contentOf, type IslandContent, typeOf } from './content.js';
import { VisitorCookies } from './cookies.js';
import { isIslandTarget } from './island.js';
import type { ResolvedIslands } from './options.js';
import { islandRequest } from './request.js';
import { islandScript } from './script.js';

/** The script asks for no more in one request. */
const MAX_ISLANDS = 20;
const MAX_ISLAND_BYTES = 1024 * 1024;
const TIMEOUT_MS = 15_000;
const NO_STORE = 'private, no-store';
/** No other site can send it, unless this one allows it to. */
const MARK = 'x-islands';
/** What caches follow rather than `Cache-Control`. */
const FOR_CACHES = /^(?:surrogate-control|edge-control|(?:[a-z]+-)*cdn-cache-control|x-accel-expires)$/;

/** Of answers for one visitor. */
const personal = {
  'cache-control': NO_STORE,
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export interface IslandAnswersParts {
  readonly islands: ResolvedIslands;
  /** What answers for an island. Throws `ERR_NOT_ATTACHED` if there is nothing. */
  readonly app: () => RequestListener;
  readonly logger: Logger;
}

/** Answers the script of islands, and what it asks for; and sees to it that nobody keeps an island. */
export class IslandAnswers {
  readonly #parts: IslandAnswersParts;
  readonly #failures: OnceLog;

  constructor(parts: IslandAnswersParts) {
    this.#parts = parts;
    this.#failures = new OnceLog(parts.logger);
  }

  /** Whether it answers a request. An island itself is for the app, which may say what it will of how long it is kept. */
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
      // A part of a page that somebody else wrote may name what it likes: the islands beside it are answered.
      for (const url of named)
        if (!urls.includes(url)) this.#failed(url, 'no pattern of `islands.urls` matches it');
      void this.#respond(request, response, urls);
    }
  }

  /** Never rejects. Middleware before may have answered meanwhile, as one that limits the time does. */
  async #respond(request: IncomingMessage, response: ServerResponse, urls: readonly string[]): Promise<void> {
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    try {
      const { parts, cookies } = await this.#collect(request, urls, leaving.signal);
      if (!response.headersSent) sendParts(response, parts, cookies);
    } catch (error) {
      this.#failures.warn(messageOf(error), 'islands could not be answered');
      if (!response.headersSent) refuse(response, 500);
    }
  }

  /** One after the other: what one sets, such as a session, the next one has. For a visitor who has left, no more. */
  async #collect(request: IncomingMessage, urls: readonly string[], leaving: AbortSignal) {
    const app = this.#parts.app();
    const cookies = new VisitorCookies(request.headers.cookie);
    const signal = AbortSignal.any([leaving, AbortSignal.timeout(TIMEOUT_MS)]);
    const parts: Record<string, IslandContent> = {};
    for (const url of urls) {
      const asked = islandRequest(request, url, cookies.header);
      const bounds = { signal, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ISLAND_BYTES };
      const answer = await renderPath(app, { ...asked, ...bounds }).catch((error) =>
        leaving.aborted ? undefined : this.#failed(url, error),
      );
      if (leaving.aborted) break;
      if (answer === undefined) continue;
      cookies.take(cookiesOf(answer));
      const content = contentOf(answer);
      if (content === undefined) this.#failed(url, `status ${answer.status}, ${typeOf(answer)}`);
      else parts[url] = content;
    }
    return { parts, cookies: cookies.set };
  }

  #failed(url: string, error: unknown): undefined {
    const path = url.split('?', 1)[0];
    this.#failures.warn(
      `${path}: ${messageOf(error)}`,
      'an island keeps its fallback; it has to answer 200 with HTML or plain text, without a content coding',
    );
    return undefined;
  }
}

/** The target as sent, which may be in absolute form. */
function targetOf(request: IncomingMessage) {
  const target = originalTarget(request).replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const [path = ''] = target.split('?', 1);
  return { path, query: target.slice(path.length + 1) };
}

/** Whether a path may lead to an island: routers find routes in other spellings, too. */
function mayBeIsland({ isIsland }: ResolvedIslands, path: string): boolean {
  const decoded = decodedOf(path);
  const usual = decoded.toLowerCase().replace(/(?<=.)\/+$/, '');
  return [decoded, usual, `${usual}/`].some(isIsland);
}

function decodedOf(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // Routers find nothing there.
  }
}

function forbidKeeping(response: ServerResponse): void {
  holdResponse(response, () => {
    for (const name of response.getHeaderNames()) if (FOR_CACHES.test(name)) response.removeHeader(name);
    response.setHeader('cache-control', NO_STORE);
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

function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...personal, ...headers, 'content-length': 0 });
  response.end();
}

function cookiesOf({ headers }: SyntheticResponse): readonly string[] {
  return [headers['set-cookie'] ?? []].flat();
}
