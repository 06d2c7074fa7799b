import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { type Reason, type Refusal, refuse } from '../../page/reasons.js';
import {
  DEFAULT_CACHE_CONTROL,
  type DeclaredHeaders,
  type HeaderValues,
} from '../../page/response/headers.js';
import type { ResponseDecision, ResponseHead, Storable } from '../../page/response/rules.js';
import { missStatus, setCacheStatus } from '../cache-status.js';
import { socketOf } from '../visit.js';
import { applyHeadArguments, headersOf } from './head-arguments.js';
import { takeBodyHeaders } from './not-modified.js';

/** A complete response that may become a page: its bytes as sent. */
export interface CapturedResponse {
  readonly body: Buffer;
  readonly store: Storable;
}

export interface CaptureOptions {
  readonly maxBodyBytes: number;
  /** Judges the head of the response: once before it leaves, and once more with what outer middleware has added. */
  readonly decide: (head: ResponseHead) => ResponseDecision;
  /** Called when the application has ended a response that may be stored: whether something else speaks against it. */
  readonly conclude: () => Refusal | undefined;
  /** Why the body is not wanted, whatever is decided: the head is given what a page's has, and no more. */
  readonly headOnly?: Reason;
  /** Headers that a page has for the CDN alone; asked for once the head may be stored. Default: none. */
  readonly headersForCdn?: () => DeclaredHeaders;
  /**
   * Whether the visitor has what a response with these headers holds, and so gets a 304; the page is made all the same. Undefined:
   * the visitor has not asked.
   */
  readonly isVisitorUpToDate?: ((headers: HeaderValues) => boolean) | undefined;
}

/**
 * Copies a response while it passes, and tells whether it may be stored: as soon as something speaks against it, or when
 * the application has ended it. How fast the client reads does not matter. The response is not delayed, changed or held:
 * only `Cache-Status`, and `Cache-Control` where the app says nothing, are added to its head.
 */
export function captureResponse(
  response: ServerResponse,
  options: CaptureOptions,
): Promise<CapturedResponse | Refusal> {
  return new Promise((resolve) => {
    const capture = new Capture(response, options, resolve);
    // After the end this changes nothing: a promise is resolved once.
    const lose = () => capture.settle(refuse('incomplete', 'the connection closed before the end'));
    response.once('close', lose);
    // A response that waits behind another one of its connection is not told when that is lost; its request is.
    const loseIfLost = () => {
      if (socketOf(response.req)?.destroyed === true) lose();
    };
    loseIfLost();
    response.req.once('close', loseIfLost);
  });
}

class Capture {
  readonly #response: ServerResponse;
  readonly #options: CaptureOptions;
  readonly #chunks: Buffer[] = [];
  readonly #sources: Readable[] = [];
  #bytes = 0;
  #head: ResponseDecision | undefined;
  #bodyRefusal: Refusal | undefined;
  /** While an inner `write` or `end` runs: what it calls in turn are the same bytes. */
  #passing = false;
  #ended = false;
  /** Headers that were left out of a 304. */
  #leftOut: HeaderValues = {};

  readonly settle: (result: CapturedResponse | Refusal) => void;

  constructor(
    response: ServerResponse,
    options: CaptureOptions,
    settle: (result: CapturedResponse | Refusal) => void,
  ) {
    this.#response = response;
    this.#options = options;
    this.settle = settle;
    this.#watchHead();
    if (options.headOnly !== undefined) return;
    this.#watchBody();
    this.#watchTrailers();
    response.on('pipe', (source: Readable) => this.#sources.push(source));
  }

  /** The verdict, when the application has ended the response. */
  #result(): CapturedResponse | Refusal {
    if (this.#head === undefined) return refuse('incomplete', 'the response has no head');
    if ('refusal' in this.#head) return this.#head.refusal;
    const concluded = this.#options.conclude();
    const refusal = this.#bodyRefusal ?? this.#refuseLength() ?? this.#refuseSources() ?? concluded;
    return refusal ?? { body: joined(this.#chunks, this.#bytes), store: this.#head.store };
  }

  #watchHead(): void {
    const response = this.#response;
    const writeHead = response.writeHead;
    response.writeHead = (...given: unknown[]): ServerResponse => {
      if (this.#head !== undefined || response.headersSent) return Reflect.apply(writeHead, response, given);
      const rest = applyHeadArguments(response, given);
      const { refusal, addsCacheControl } = this.#announce(Number(rest[0]));
      const coding = response.getHeader('content-encoding');
      const status = this.#writeHead(rest, (last) => Reflect.apply(writeHead, response, last));
      this.#head = refusal ?? this.#judgeSent(headOf(response, status, addsCacheControl), coding);
      if ('refusal' in this.#head) this.settle(this.#head.refusal);
      return response;
    };
  }

  /** Middleware that was mounted before may have added headers in the call: a session cookie, for one. */
  #judgeSent(head: ResponseHead, coding: HeaderValues[string]): ResponseDecision {
    // A coding that it has added is applied to the bytes after they have passed here.
    const headers = { ...head.headers, ...this.#leftOut, 'content-encoding': coding };
    return this.#options.decide({ ...head, headers });
  }

  /** Sends the head, or that of a 304; Node then drops the bytes that follow. The status that the app gave is returned. */
  #writeHead(given: readonly unknown[], write: (given: readonly unknown[]) => void): number {
    const response = this.#response;
    const { isVisitorUpToDate } = this.#options;
    if (given[0] !== 200 || isVisitorUpToDate?.(headersOf(response)) !== true) {
      write(given);
      return response.statusCode;
    }
    this.#leftOut = takeBodyHeaders(response);
    write([304]);
    return 200;
  }

  /** Adds what the visitor is told. What is refused by then stays refused; what is not may get Cache-Control. */
  #announce(status: number) {
    const response = this.#response;
    const decision = this.#options.decide(headOf(response, status, false));
    const refusal = 'refusal' in decision ? decision : undefined;
    setCacheStatus(response, missStatus(this.#options.headOnly ?? refusal?.refusal.reason));
    const addsCacheControl =
      refusal === undefined && !response.hasHeader('Cache-Control') && !response.hasHeader('Expires');
    if (addsCacheControl) response.setHeader('Cache-Control', DEFAULT_CACHE_CONTROL);
    if (refusal === undefined) this.#addForCdn();
    return { refusal, addsCacheControl };
  }

  #addForCdn(): void {
    for (const { name, value } of this.#options.headersForCdn?.().values() ?? [])
      if (!this.#response.hasHeader(name)) this.#response.setHeader(name, value);
  }

  #watchBody(): void {
    const response = this.#response;
    const { write, end } = response;
    response.write = (chunk: unknown, ...rest: unknown[]): boolean =>
      this.#pass(chunk, rest, () => Reflect.apply(write, response, [chunk, ...rest]));
    response.end = (...given: unknown[]): ServerResponse => {
      const [chunk, ...rest] = given;
      const body = typeof chunk === 'function' ? undefined : chunk;
      const result = this.#pass(body, rest, () => Reflect.apply(end, response, given));
      if (!this.#ended) this.settle(this.#result());
      this.#ended = true;
      return result;
    };
  }

  /** Trailers that no Trailer header has announced are sent all the same. */
  #watchTrailers(): void {
    const response = this.#response;
    // HTTP/2 has the second one, too.
    for (const name of ['addTrailers', 'setTrailer']) {
      const add: unknown = Reflect.get(response, name);
      if (typeof add !== 'function') continue;
      Reflect.set(response, name, (...given: unknown[]): void => {
        Reflect.apply(add, response, given);
        this.#refuseBody(refuse('trailer'));
      });
    }
  }

  #pass<T>(chunk: unknown, rest: readonly unknown[], forward: () => T): T {
    if (this.#passing || this.#ended) return forward();
    this.#passing = true;
    try {
      const result = forward();
      this.#keep(chunk, rest[0]);
      return result;
    } finally {
      this.#passing = false;
    }
  }

  /** Appends a copy: the caller may use its buffer again. */
  #keep(chunk: unknown, encoding: unknown): void {
    if (chunk === undefined || chunk === null || this.#bodyRefusal !== undefined) return;
    if (this.#head !== undefined && 'refusal' in this.#head) return;
    const bytes = toBytes(chunk, encoding);
    this.#bytes += bytes.length;
    if (this.#bytes <= this.#options.maxBodyBytes) this.#chunks.push(bytes);
    else this.#refuseBody(refuse('too-large', `more than ${this.#options.maxBodyBytes} bytes`));
  }

  #refuseBody(refusal: Refusal): void {
    this.#bodyRefusal = refusal;
    this.#chunks.length = 0;
    this.settle(refusal);
  }

  #refuseLength(): Refusal | undefined {
    const declared = this.#leftOut['content-length'] ?? this.#response.getHeader('content-length');
    if (declared === undefined || Number(declared) === this.#bytes) return undefined;
    return refuse('content-length', `${declared} declared, ${this.#bytes} sent`);
  }

  /** A stream that was piped here must have ended by itself, even if somebody called `end()` after its failure. */
  #refuseSources(): Refusal | undefined {
    const failed = this.#sources.some(
      (source) => source.errored instanceof Error || source.readableEnded === false,
    );
    return failed ? refuse('incomplete', 'the source of the body did not end') : undefined;
  }
}

/** Without the Cache-Control that was added here, if outer middleware has not set another one since. */
function headOf(response: ServerResponse, status: number, addsCacheControl: boolean): ResponseHead {
  const headers = headersOf(response);
  if (addsCacheControl && headers['cache-control'] === DEFAULT_CACHE_CONTROL) delete headers['cache-control'];
  return { status, headers, at: Date.now() };
}

function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, bytes);
}

function toBytes(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, isEncoding(encoding) ? encoding : 'utf8');
  if (chunk instanceof Uint8Array) return Buffer.from(chunk);
  // Node has refused anything else by now.
  return Buffer.alloc(0);
}

function isEncoding(encoding: unknown): encoding is BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding);
}
