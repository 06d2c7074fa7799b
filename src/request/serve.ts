import { closeSync, createReadStream } from 'node:fs';
import { type IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import type { StoredCoding } from '../files/compress.js';
import type { FoundPage, PageFinder } from '../ledger/ledger.js';
import { type Asker, askerOf, isFor, mayReplace } from '../page/request/audience.js';
import type { PageRequest } from '../page/request/gate.js';
import { preferredCodings } from '../page/response/accept-encoding.js';
import {
  DEFAULT_CACHE_CONTROL,
  type DeclaredHeaders,
  type HeaderLine,
  isOfOneRequest,
  isRecomputed,
  personalHeaders,
} from '../page/response/headers.js';
import { isWithIncludes } from '../page/response/includes.js';
import { type PageTypes, typeOfFile } from '../page/response/types.js';
import type { OpenPage } from '../store/open-page.js';
import type { PageStore } from '../store/page-store.js';
import type { WholePage } from '../store/recent-files.js';
import { HIT } from './cache-status.js';
import type { Includes } from './includes/includes.js';
import { isEncrypted } from './visit.js';

export interface ServeParts extends PageTypes {
  readonly ledger: PageFinder;
  readonly store: Pick<PageStore, 'read'>;
  readonly headers: DeclaredHeaders;
  /** Those of them that are for a CDN, which knows no audience. */
  readonly headersForCdn: DeclaredHeaders;
  /** Undefined: no island is put into a page. */
  readonly includes: Includes | undefined;
}

/** What came of an attempt; `for-others`: there is a page, which this request can neither get nor replace. */
export type Served = 'hit' | 'no-page' | 'for-others';

interface FoundCoding {
  readonly file: WholePage | OpenPage;
  readonly coding: StoredCoding | undefined;
}

/** The headers of a hit, decided once for as long as page and file are the same. */
interface DecidedHeaders {
  readonly found: FoundPage;
  readonly lines: readonly HeaderLine[];
  /** As `writeHead` takes them. */
  readonly flat: string[];
}

/** Answers hits where no nginx is in front, with the headers that it would send. */
export class PageServer {
  readonly #parts: ServeParts;
  readonly #constantHeaders: readonly HeaderLine[];
  readonly #decided = new WeakMap<WholePage | OpenPage, DecidedHeaders>();

  constructor(parts: ServeParts) {
    this.#parts = parts;
    const declared = [...parts.headers.values()].map(({ name, value }) => [name, value] as const);
    const cacheControl = parts.headers.has('cache-control')
      ? []
      : [['Cache-Control', DEFAULT_CACHE_CONTROL] as const];
    this.#constantHeaders = [...cacheControl, ...declared];
  }

  /** Answers with the page, if there is one for the request. Throws, before anything is sent, if it cannot be read. */
  serve({ page, host }: PageRequest, request: IncomingMessage, response: ServerResponse): Served {
    const found = this.#parts.ledger.find(host, page.path);
    if (found === undefined) return 'no-page';
    const forOthers = judgeAudience(found, request);
    if (forOthers !== undefined) return forOthers;
    if (isWithIncludes(found.file)) return this.#serveWithIncludes(found, page.path, response);
    const chosen = this.#read(found, request);
    if (chosen === undefined) return 'no-page';
    const notModified = isNotModified(request, chosen.file.entityTag);
    const body = bodyOf(chosen.file, notModified || request.method === 'HEAD');
    const path = notModified ? undefined : page.path;
    if (!isAsSpelled(page, request))
      writeHead(response, notModified ? 304 : 200, this.#forNoCdn(found, chosen, path));
    else if (path !== undefined) writeHead(response, 200, this.#decide(found, chosen, path));
    else writeHead(response, 304, withFlat(this.#headersOf(found, chosen, undefined)));
    if (body instanceof Uint8Array) response.end(body);
    else sendStream(body, response);
    return 'hit';
  }

  /** A page with the islands of its visitor: nobody keeps it, and it is no version of anything. */
  #serveWithIncludes(found: FoundPage, path: string, response: ServerResponse): Served {
    const { includes, store } = this.#parts;
    const request = response.req;
    const file = includes && store.read(found.file, undefined);
    if (includes === undefined || file === undefined) return 'no-page';
    // As nginx reads it, which has no tag to compare either.
    const notModified = request.headers['if-none-match']?.trim() === '*';
    const lines = this.#headersOf(found, { file, coding: undefined }, notModified ? undefined : path);
    writeHead(response, notModified ? 304 : 200, withFlat(personalHeaders(lines)));
    if (notModified || request.method === 'HEAD') response.end(bodyOf(file, true));
    else includes.send(file, response);
    return 'hit';
  }

  /** The best coding that is there: a page may have been replaced by one without codings since it was found. */
  #read({ file, codings }: FoundPage, request: IncomingMessage): FoundCoding | undefined {
    for (const coding of preferredCodings(request.headers['accept-encoding'], codings)) {
      const read = this.#parts.store.read(file, coding);
      if (read !== undefined) return { file: read, coding };
    }
    const page = this.#parts.store.read(file, undefined);
    return page === undefined ? undefined : { file: page, coding: undefined };
  }

  #decide(found: FoundPage, chosen: FoundCoding, path: string): Omit<DecidedHeaders, 'found'> {
    const decided = this.#decided.get(chosen.file);
    if (decided?.found === found) return decided;
    const headers = withFlat(this.#headersOf(found, chosen, path));
    // An age is another one with every second.
    if (found.expiresAt === undefined) this.#decided.set(chosen.file, { found, ...headers });
    return headers;
  }

  /** A purge names the one spelling of a query, so a CDN must not keep another. */
  #forNoCdn(found: FoundPage, chosen: FoundCoding, path: string | undefined): Omit<DecidedHeaders, 'found'> {
    const { headersForCdn } = this.#parts;
    const lines = this.#headersOf(found, chosen, path);
    return withFlat(lines.filter(([name]) => !headersForCdn.has(name.toLowerCase())));
  }

  #replayable({ audience }: FoundPage, headers: readonly HeaderLine[]): readonly HeaderLine[] {
    if (audience === undefined) return headers;
    return headers.filter(([name]) => !this.#parts.headersForCdn.has(name));
  }

  /** What nginx would send, or what the response had, where that is more than nginx can repeat. Without a path: for a 304. */
  #headersOf(found: FoundPage, chosen: FoundCoding, path: string | undefined): readonly HeaderLine[] {
    const { file, coding } = chosen;
    const notModified = path === undefined;
    const lines: HeaderLine[] = [];
    if (found.headers === undefined) {
      if (!notModified) lines.push(['Content-Type', typeOfFile(path, found.file, this.#parts)]);
      lines.push(...this.#constantHeaders);
    } else lines.push(...replayedOf(found, this.#replayable(found, found.headers), notModified));
    lines.push(['Cache-Status', HIT], ['ETag', file.entityTag], ['Vary', 'Accept-Encoding']);
    if (!notModified) lines.push(['Content-Length', String(file.size)]);
    if (!notModified && coding !== undefined) lines.push(['Content-Encoding', coding]);
    return lines;
  }
}

/** Whether a page is asked for by its own query, if it has one. */
function isAsSpelled({ path, query }: PageRequest['page'], { url }: IncomingMessage): boolean {
  return query === undefined || url?.endsWith(path.slice(path.indexOf('?'))) === true;
}

/** Undefined: the request may get the page. Most pages are for everybody, who speaks no TLS with the app. */
function judgeAudience({ audience }: FoundPage, request: IncomingMessage): Served | undefined {
  const encrypted = isEncrypted(request);
  if (audience === undefined && !encrypted) return undefined;
  const asker: Asker = askerOf({ headers: request.headers, isEncrypted: encrypted });
  if (isFor(audience ?? {}, asker)) return undefined;
  return mayReplace(audience ?? {}, asker) ? 'no-page' : 'for-others';
}

/** The headers of the response that the page was made of, with what clients need to know of its time in the cache. */
function replayedOf(
  { storedAt, expiresAt }: FoundPage,
  headers: readonly HeaderLine[],
  notModified: boolean,
): readonly HeaderLine[] {
  const replayed = headers.filter(([name]) => !(notModified && name === 'content-type'));
  const date = headers.find(([name]) => name === 'date')?.[1];
  const madeAt = typeof date === 'string' ? Date.parse(date) : storedAt;
  const age: readonly HeaderLine[] = expiresAt === undefined ? [] : [['Age', ageOf(madeAt)]];
  const saysNothing = !headers.some(([name]) => name === 'cache-control' || name === 'expires');
  const fallback: readonly HeaderLine[] = saysNothing ? [['Cache-Control', DEFAULT_CACHE_CONTROL]] : [];
  return [...fallback, ...replayed, ...age];
}

function withFlat(lines: readonly HeaderLine[]): Omit<DecidedHeaders, 'found'> {
  return { lines, flat: lines.flatMap(linesOf) };
}

function writeHead(
  response: ServerResponse,
  status: number,
  { lines, flat }: Omit<DecidedHeaders, 'found'>,
): void {
  if (isUntouched(response)) {
    response.writeHead(status, flat);
    return;
  }
  removeOthers(response, lines);
  for (const [name, value] of lines) {
    if (name === 'Vary' && typeof value === 'string') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}

/** Whether no outer middleware has set a header or waits for them: then they need not be gathered one by one. */
function isUntouched(response: ServerResponse): boolean {
  return response.writeHead === ServerResponse.prototype.writeHead && response.getHeaderNames().length === 0;
}

/** A header as `writeHead` takes it in a flat list: a line for each value. */
function linesOf([name, value]: HeaderLine): string[] {
  return typeof value === 'string' ? [name, value] : value.flatMap((one) => [name, one]);
}

/** What outer middleware has set and the page has not, the app had removed; but cookies and counters are about this request. */
function removeOthers(response: ServerResponse, lines: readonly HeaderLine[]): void {
  const own = new Set(lines.map(([name]) => name.toLowerCase()));
  for (const name of response.getHeaderNames()) {
    const isAboutThisRequest = name === 'set-cookie' || isOfOneRequest(name);
    if (!own.has(name) && !isRecomputed(name) && !isAboutThisRequest) response.removeHeader(name);
  }
}

/** If-None-Match by weak comparison (RFC 9110 §13.1.2). */
function isNotModified(request: IncomingMessage, entityTag: string): boolean {
  const condition = request.headers['if-none-match'];
  if (condition === undefined) return false;
  if (condition.trim() === '*') return true;
  return condition.split(',').some((tag) => tag.trim().replace(/^W\//, '') === entityTag);
}

/** Seconds in the cache (RFC 9111 §5.1), which clients need to know where freshness is limited. */
function ageOf(madeAt: number): string {
  return String(Math.max(0, Math.floor((Date.now() - madeAt) / 1000)));
}

const NO_BODY = new Uint8Array();

/** The bytes to send: none, all of a small page, or a stream. Whichever it is, the descriptor is taken care of. */
function bodyOf(file: WholePage | OpenPage, withoutBody: boolean): Uint8Array | Readable {
  if ('bytes' in file) return withoutBody ? NO_BODY : file.bytes;
  if (!withoutBody) return createReadStream('', { fd: file.descriptor });
  closeSync(file.descriptor);
  return NO_BODY;
}

function sendStream(body: Readable, response: ServerResponse): void {
  pipeline(body, response, (error) => {
    // The head has left: all that can be told of a failed read or a client that left is a broken connection.
    if (error) response.destroy();
  });
}
