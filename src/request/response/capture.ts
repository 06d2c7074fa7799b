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
  /** Called when the app has ended a response that may be stored. Returns a refusal if something speaks against it. */
  readonly conclude: () => Refusal | undefined;
  /** Why the body is not captured. If set, only the head is treated as that of a page. */
  readonly headOnly?: Reason;
  /** Returns the headers of a page for the CDN alone. Called once the head may be stored. Default: none. */
  readonly headersForCdn?: () => DeclaredHeaders;
  /**
   * Whether the visitor already has what a response with these headers contains, and so gets a 304. The page is still
   * made. `undefined` if the visitor has sent no condition.
   */
  readonly isVisitorUpToDate?: ((headers: HeaderValues) => boolean) | undefined;
}

/**
 * Copies a response while it passes, and says whether it may be stored: as soon as something speaks against it, or when
 * the application has ended it. The speed of the client does not matter. The response is not delayed or held. Its head
 * gets `Cache-Status`, headers for the CDN, and `Cache-Control` if the app says nothing; or it becomes that of a 304.
 */
export function captureResponse(
  response: ServerResponse,
  options: CaptureOptions,
): Promise<CapturedResponse | Refusal> {
  return new Promise((resolve) => {
    const capture = new Capture(response, options, resolve);
    // After the end this changes nothing: a promise resolves only once.
    const lose = () => capture.settle(refuse('incomplete', 'the connection closed before the end'));
    response.once('close', lose);
    // If a response waits behind another one of its connection, only its request reports that the connection is lost.
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
  /** While an inner `write` or `end` runs: the calls that it makes pass the same bytes. */
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

  /** Returns the verdict, when the application has ended the response. */
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

  /** Judges the head again: middleware mounted earlier may have added headers in the call, such as a session cookie. */
  #judgeSent(head: ResponseHead, coding: HeaderValues[string]): ResponseDecision {
    // A coding that such middleware has added is applied to the bytes after they have passed here.
    const headers = { ...head.headers, ...this.#leftOut, 'content-encoding': coding };
    return this.#options.decide({ ...head, headers });
  }

  /** Sends the head, or that of a 304, after which Node drops the body. Returns the status that the app gave. */
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

  /** Adds the headers for the visitor. A refusal at this point is final; otherwise, Cache-Control may be added. */
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

  /** Refuses trailers: Node sends them even if no Trailer header has announced them. */
  #watchTrailers(): void {
    const response = this.#response;
    // HTTP/2 has the second method too.
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

  /** Refuses a body if a stream piped here has not ended by itself, even if `end()` was called after its failure. */
  #refuseSources(): Refusal | undefined {
    const failed = this.#sources.some(
      (source) => source.errored instanceof Error || source.readableEnded === false,
    );
    return failed ? refuse('incomplete', 'the source of the body did not end') : undefined;
  }
}

/** Returns the head without the Cache-Control that was added here, unless outer middleware has set another since. */
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
  // Node has already refused anything else.
  return Buffer.alloc(0);
}

function isEncoding(encoding: unknown): encoding is BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding);
}
