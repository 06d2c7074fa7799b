import { closeSync, createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import type { VariantCoding } from '../files/compress.js';
import type { FoundPage, Ledger } from '../ledger/ledger.js';
import { preferredCodings } from '../page/accept-encoding.js';
import type { Extension } from '../page/grammar.js';
import {
  DEFAULT_CACHE_CONTROL,
  type DeclaredHeaders,
  type HeaderLine,
  isRecomputed,
} from '../page/headers.js';
import type { PageRequest } from '../page/request-gate.js';
import type { OpenPage } from '../store/open-page.js';
import type { PageStore } from '../store/page-store.js';
import type { WholePage } from '../store/recent-files.js';
import { HIT } from './cache-status.js';

export interface ServeParts {
  readonly ledger: Pick<Ledger, 'find'>;
  readonly store: Pick<PageStore, 'read'>;
  readonly types: Readonly<Record<Extension, string>>;
  readonly headers: DeclaredHeaders;
}

type FoundVariant = (WholePage | OpenPage) & { readonly coding: VariantCoding | undefined };

/** Answers hits where no nginx is in front, with the headers that it would send. */
export class PageServer {
  readonly #parts: ServeParts;
  readonly #constantHeaders: readonly HeaderLine[];

  constructor(parts: ServeParts) {
    this.#parts = parts;
    const declared = [...parts.headers.values()].map(({ name, value }) => [name, value] as const);
    const cacheControl = parts.headers.has('cache-control')
      ? []
      : [['Cache-Control', DEFAULT_CACHE_CONTROL] as const];
    this.#constantHeaders = [...cacheControl, ...declared];
  }

  /** Whether there was a page to answer with. Throws, before anything is sent, if it cannot be read. */
  serve({ page, host }: PageRequest, request: IncomingMessage, response: ServerResponse): boolean {
    const found = this.#parts.ledger.find(host, page.path);
    if (found === undefined) return false;
    const variant = this.#read(found, request);
    if (variant === undefined) return false;
    const notModified = isNotModified(request, variant.entityTag);
    const body = bodyOf(variant, notModified || request.method === 'HEAD');
    this.#setHeaders(found, variant, notModified, response);
    response.writeHead(notModified ? 304 : 200);
    if (body instanceof Uint8Array) response.end(body);
    else sendStream(body, response);
    return true;
  }

  /** The best variant that is there: a page may have been replaced by one without variants since it was found. */
  #read({ file, codings }: FoundPage, request: IncomingMessage): FoundVariant | undefined {
    for (const coding of preferredCodings(request.headers['accept-encoding'], codings)) {
      const open = this.#parts.store.read(file, coding);
      if (open !== undefined) return { ...open, coding };
    }
    const open = this.#parts.store.read(file, undefined);
    return open === undefined ? undefined : { ...open, coding: undefined };
  }

  #setHeaders(found: FoundPage, variant: FoundVariant, notModified: boolean, response: ServerResponse): void {
    const lines = this.#headersOf(found, notModified);
    removeOthers(response, lines);
    for (const [name, value] of lines) response.setHeader(name, value);
    response.setHeader('Cache-Status', HIT);
    response.setHeader('ETag', variant.entityTag);
    if (found.codings.length > 0) response.appendHeader('Vary', 'Accept-Encoding');
    if (notModified) return;
    response.setHeader('Content-Length', variant.size);
    if (variant.coding !== undefined) response.setHeader('Content-Encoding', variant.coding);
  }

  /** What nginx would send, or what the response had, where that is more than nginx can repeat. */
  #headersOf({ file, headers, storedAt, expiresAt }: FoundPage, notModified: boolean): readonly HeaderLine[] {
    const type: readonly HeaderLine[] = notModified ? [] : [['Content-Type', this.#typeOf(file)]];
    if (headers === undefined) return [...type, ...this.#constantHeaders];
    const replayed = headers.filter(([name]) => !(notModified && name === 'content-type'));
    const age: readonly HeaderLine[] = expiresAt === undefined ? [] : [['Age', ageOf(storedAt)]];
    const saysNothing = !headers.some(([name]) => name === 'cache-control' || name === 'expires');
    const fallback: readonly HeaderLine[] = saysNothing ? [['Cache-Control', DEFAULT_CACHE_CONTROL]] : [];
    return [...fallback, ...replayed, ...age];
  }

  #typeOf(file: string): string {
    const types: Readonly<Record<string, string>> = this.#parts.types;
    return types[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  }
}

/** What outer middleware has set and the page has not, the app had removed; but a cookie is about this request. */
function removeOthers(response: ServerResponse, lines: readonly HeaderLine[]): void {
  const own = new Set(lines.map(([name]) => name.toLowerCase()));
  for (const name of response.getHeaderNames()) {
    if (!own.has(name) && !isRecomputed(name) && name !== 'set-cookie') response.removeHeader(name);
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
function ageOf(storedAt: number): string {
  return String(Math.max(0, Math.floor((Date.now() - storedAt) / 1000)));
}

const NO_BODY = new Uint8Array();

/** The bytes to send: none, all of a small page, or a stream. Whichever it is, the descriptor is taken care of. */
function bodyOf(variant: FoundVariant, withoutBody: boolean): Uint8Array | Readable {
  if ('bytes' in variant) return withoutBody ? NO_BODY : variant.bytes;
  if (!withoutBody) return createReadStream('', { fd: variant.descriptor });
  closeSync(variant.descriptor);
  return NO_BODY;
}

function sendStream(body: Readable, response: ServerResponse): void {
  pipeline(body, response, (error) => {
    // The head has left: all that can be told of a failed read or a client that left is a broken connection.
    if (error) response.destroy();
  });
}
