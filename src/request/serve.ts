import { closeSync, createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import type { StoredCoding } from '../files/compress.js';
import type { FoundPage, PageFinder } from '../ledger/ledger.js';
import { type Asker, askerOf, isFor, mayReplace, type Scheme } from '../page/request/audience.js';
import type { PageRequest } from '../page/request/gate.js';
import { preferredCodings } from '../page/response/accept-encoding.js';
import {
  DEFAULT_CACHE_CONTROL,
  type DeclaredHeaders,
  type HeaderLine,
  personalHeaders,
} from '../page/response/headers.js';
import { isWithIncludes } from '../page/response/includes.js';
import { type PageTypes, typeOfFile } from '../page/response/types.js';
import type { OpenPage } from '../store/open-page.js';
import type { PageStore } from '../store/page-store.js';
import type { WholePage } from '../store/recent-files.js';
import { HIT } from './cache-status.js';
import type { Includes } from './includes/includes.js';
import { type FlatHeaders, withFlat, writeHead } from './response/write-head.js';
import { isEncrypted } from './visit.js';

export interface ServeParts extends PageTypes {
  readonly ledger: PageFinder;
  readonly store: Pick<PageStore, 'read'>;
  readonly headers: DeclaredHeaders;
  /** The `headers` that are for a CDN, which knows no audience. */
  readonly headersForCdn: DeclaredHeaders;
  /** The only scheme of all pages. `undefined` if there are both. */
  readonly scheme: Scheme | undefined;
  /** `undefined` if no island is put into a page. */
  readonly includes: Includes | undefined;
}

/** The result of an attempt. `for-others`: there is a page, but this request can neither get nor replace it. */
export type Served = 'hit' | 'no-page' | 'for-others';

interface FoundCoding {
  readonly file: WholePage | OpenPage;
  readonly coding: StoredCoding | undefined;
}

/** The headers of a hit, decided once and valid as long as page and file are the same. */
interface DecidedHeaders extends FlatHeaders {
  readonly found: FoundPage;
}

/** Answers hits if no nginx is in front, with the headers that nginx would send. */
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

  /** Answers with the page, if there is one for the request. If it cannot be read, throws before anything is sent. */
  serve(asked: PageRequest, request: IncomingMessage, response: ServerResponse): Served {
    const { page, host } = asked;
    const found = this.#parts.ledger.find(host, page.path);
    if (found === undefined) return 'no-page';
    const forOthers = judgeAudience(found, request, this.#parts.scheme);
    if (forOthers !== undefined) return forOthers;
    if (isWithIncludes(found.file)) return this.#serveWithIncludes(found, asked, response);
    const chosen = this.#read(found, request);
    if (chosen === undefined) return 'no-page';
    const notModified = isNotModified(request, chosen.file.entityTag);
    const body = bodyOf(chosen.file, notModified || request.method === 'HEAD');
    const isSpelled = isAsSpelled(page, request);
    // A purge names the one spelling of a query, so a CDN must not keep another. It may also mix up variants.
    const hit = { found, chosen, asked, notModified, isForCdn: isSpelled && asked.variants === undefined };
    const isUsual = isSpelled && !notModified;
    const headers = isUsual ? this.#decide(hit) : withFlat(this.#headersOf(hit));
    writeHead(response, notModified ? 304 : 200, headers);
    if (body instanceof Uint8Array) response.end(body);
    else sendStream(body, response);
    return 'hit';
  }

  /** Sends a page with the islands of its visitor. No cache may keep it, and it has no validator. */
  #serveWithIncludes(found: FoundPage, asked: PageRequest, response: ServerResponse): Served {
    const { includes, store } = this.#parts;
    const request = response.req;
    const file = includes && store.read(found.file, undefined);
    if (includes === undefined || file === undefined) return 'no-page';
    // As in nginx, there is neither an ETag nor a date to compare with.
    const { 'if-none-match': tags, 'if-modified-since': since } = request.headers;
    const notModified = tags?.trim() === '*' && since === undefined;
    const chosen = { file, coding: undefined };
    const lines = this.#headersOf({ found, chosen, asked, notModified, isForCdn: true });
    writeHead(response, notModified ? 304 : 200, withFlat(personalHeaders(lines)));
    if (notModified || request.method === 'HEAD') response.end(bodyOf(file, true));
    else includes.send(file, response);
    return 'hit';
  }

  /** Reads the best coding that exists: a page without codings may have replaced the page since it was found. */
  #read({ file, codings }: FoundPage, request: IncomingMessage): FoundCoding | undefined {
    for (const coding of preferredCodings(request.headers['accept-encoding'], codings)) {
      const read = this.#parts.store.read(file, coding);
      if (read !== undefined) return { file: read, coding };
    }
    const page = this.#parts.store.read(file, undefined);
    return page === undefined ? undefined : { file: page, coding: undefined };
  }

  #decide(hit: Hit): FlatHeaders {
    const { found, chosen } = hit;
    const decided = this.#decided.get(chosen.file);
    if (decided?.found === found) return decided;
    const headers = withFlat(this.#headersOf(hit));
    // The age changes with every second.
    if (found.expiresAt === undefined) this.#decided.set(chosen.file, { found, ...headers });
    return headers;
  }

  #replayable({ audience }: FoundPage, headers: readonly HeaderLine[]): readonly HeaderLine[] {
    if (audience === undefined) return headers;
    return headers.filter(([name]) => !this.#parts.headersForCdn.has(name));
  }

  /** Returns the headers that nginx would send, or those of the response if nginx cannot repeat them. */
  #headersOf({ found, chosen: { file, coding }, asked, notModified, isForCdn }: Hit): readonly HeaderLine[] {
    const { page, variants } = asked;
    const lines: HeaderLine[] = [];
    if (found.headers === undefined) {
      if (!notModified) lines.push(['Content-Type', typeOfFile(page.path, found.file, this.#parts)]);
      const language = variants?.languageOf(page.variant ?? '');
      lines.push(...this.#constantHeaders);
      if (language !== undefined) lines.push(['Content-Language', language]);
    } else lines.push(...replayedOf(found, this.#replayable(found, found.headers), notModified));
    lines.push(['Cache-Status', HIT], ['ETag', file.entityTag], ['Vary', varyOf(variants)]);
    if (!notModified) lines.push(['Content-Length', String(file.size)]);
    if (!notModified && coding !== undefined) lines.push(['Content-Encoding', coding]);
    return isForCdn ? lines : lines.filter(([name]) => !this.#parts.headersForCdn.has(name.toLowerCase()));
  }
}

/** One request that is answered from a page. */
interface Hit {
  readonly found: FoundPage;
  readonly chosen: FoundCoding;
  readonly asked: PageRequest;
  /** Whether the answer is a 304. */
  readonly notModified: boolean;
  readonly isForCdn: boolean;
}

function varyOf(variants: PageRequest['variants']): string {
  return variants === undefined ? 'Accept-Encoding' : `Accept-Encoding, ${variants.vary}`;
}

/** Whether the request spells the query as the page does, if the page has one. */
function isAsSpelled({ query }: PageRequest['page'], { url }: IncomingMessage): boolean {
  return query === undefined || url?.endsWith(`?${query}`) === true;
}

/** `undefined` if the request may get the page. Most pages are for all requests that reach the app without TLS. */
function judgeAudience(
  { audience: given }: FoundPage,
  request: IncomingMessage,
  scheme: Scheme | undefined,
): Served | undefined {
  const encrypted = isEncrypted(request);
  if (given === undefined && !encrypted) return undefined;
  const asker: Asker = askerOf({ headers: request.headers, isEncrypted: encrypted });
  // The gate lets no other scheme pass, so no page names the scheme of the site.
  const audience = { scheme, ...given };
  if (isFor(audience, asker)) return undefined;
  return mayReplace(audience, asker) ? 'no-page' : 'for-others';
}

/** Returns the headers of the response that became the page, and what clients need to know of its time in the cache. */
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

/** If-None-Match by weak comparison (RFC 9110 §13.1.2). */
function isNotModified(request: IncomingMessage, entityTag: string): boolean {
  const condition = request.headers['if-none-match'];
  if (condition === undefined) return false;
  if (condition.trim() === '*') return true;
  return condition.split(',').some((tag) => tag.trim().replace(/^W\//, '') === entityTag);
}

/** Returns the seconds in the cache (RFC 9111 §5.1), which clients need to know if freshness is limited. */
function ageOf(madeAt: number): string {
  return String(Math.max(0, Math.floor((Date.now() - madeAt) / 1000)));
}

const NO_BODY = new Uint8Array();

/** Returns the bytes to send: none, all of a small page, or a stream. In each case, the descriptor will be closed. */
function bodyOf(file: WholePage | OpenPage, withoutBody: boolean): Uint8Array | Readable {
  if ('bytes' in file) return withoutBody ? NO_BODY : file.bytes;
  if (!withoutBody) return createReadStream('', { fd: file.descriptor });
  closeSync(file.descriptor);
  return NO_BODY;
}

function sendStream(body: Readable, response: ServerResponse): void {
  pipeline(body, response, (error) => {
    // The head has been sent: only a broken connection can report a failed read or a client that left.
    if (error) response.destroy();
  });
}
