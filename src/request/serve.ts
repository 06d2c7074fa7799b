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
  /** Those of them that are for a CDN, which knows no audience. */
  readonly headersForCdn: DeclaredHeaders;
  /** The one scheme of all pages. Undefined: either. */
  readonly scheme: Scheme | undefined;
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
interface DecidedHeaders extends FlatHeaders {
  readonly found: FoundPage;
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
    // A purge names the one spelling of a query, so a CDN must not keep another; and it may mix variants up.
    const hit = { found, chosen, asked, notModified, isForCdn: isSpelled && asked.variants === undefined };
    const isUsual = isSpelled && !notModified;
    const headers = isUsual ? this.#decide(hit) : withFlat(this.#headersOf(hit));
    writeHead(response, notModified ? 304 : 200, headers);
    if (body instanceof Uint8Array) response.end(body);
    else sendStream(body, response);
    return 'hit';
  }

  /** A page with the islands of its visitor: nobody keeps it, and it is no version of anything. */
  #serveWithIncludes(found: FoundPage, asked: PageRequest, response: ServerResponse): Served {
    const { includes, store } = this.#parts;
    const request = response.req;
    const file = includes && store.read(found.file, undefined);
    if (includes === undefined || file === undefined) return 'no-page';
    // As nginx reads it, which has no tag to compare either, and no date.
    const { 'if-none-match': tags, 'if-modified-since': since } = request.headers;
    const notModified = tags?.trim() === '*' && since === undefined;
    const chosen = { file, coding: undefined };
    const lines = this.#headersOf({ found, chosen, asked, notModified, isForCdn: true });
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

  #decide(hit: Hit): FlatHeaders {
    const { found, chosen } = hit;
    const decided = this.#decided.get(chosen.file);
    if (decided?.found === found) return decided;
    const headers = withFlat(this.#headersOf(hit));
    // An age is another one with every second.
    if (found.expiresAt === undefined) this.#decided.set(chosen.file, { found, ...headers });
    return headers;
  }

  #replayable({ audience }: FoundPage, headers: readonly HeaderLine[]): readonly HeaderLine[] {
    if (audience === undefined) return headers;
    return headers.filter(([name]) => !this.#parts.headersForCdn.has(name));
  }

  /** What nginx would send, or what the response had, where that is more than nginx can repeat. */
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

/** Whether a page is asked for by its own query, if it has one. */
function isAsSpelled({ query }: PageRequest['page'], { url }: IncomingMessage): boolean {
  return query === undefined || url?.endsWith(`?${query}`) === true;
}

/** Undefined: the request may get the page. Most pages are for everybody, who speaks no TLS with the app. */
function judgeAudience(
  { audience: given }: FoundPage,
  request: IncomingMessage,
  scheme: Scheme | undefined,
): Served | undefined {
  const encrypted = isEncrypted(request);
  if (given === undefined && !encrypted) return undefined;
  const asker: Asker = askerOf({ headers: request.headers, isEncrypted: encrypted });
  // The gate lets through no other scheme, so no page names it.
  const audience = { scheme, ...given };
  if (isFor(audience, asker)) return undefined;
  return mayReplace(audience, asker) ? 'no-page' : 'for-others';
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
