import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { DEFAULT_CACHE_CONTROL, type HeaderValues } from '../page/headers.js';
import { type Refusal, refuse } from '../page/reasons.js';
import type { ResponseDecision, ResponseHead, Storable } from '../page/response-rules.js';
import { missStatus, setCacheStatus } from './cache-status.js';

/** A complete response that may become a page: its bytes as sent. */
export interface CapturedResponse {
  readonly body: Buffer;
  readonly store: Storable;
}

export interface CaptureOptions {
  readonly maxBodyBytes: number;
  /** Judges the head of the response: once before it leaves, and once more with what outer middleware has added. */
  readonly decide: (head: ResponseHead) => ResponseDecision;
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
    response.once('close', () =>
      capture.settle(refuse('incomplete', 'the connection closed before the end')),
    );
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
    this.#watchBody();
    response.on('pipe', (source: Readable) => this.#sources.push(source));
  }

  /** The verdict, when the application has ended the response. */
  #result(): CapturedResponse | Refusal {
    if (this.#head === undefined) return refuse('incomplete', 'the response has no head');
    if ('refusal' in this.#head) return this.#head.refusal;
    const refusal = this.#bodyRefusal ?? this.#refuseLength() ?? this.#refuseSources();
    return refusal ?? { body: Buffer.concat(this.#chunks, this.#bytes), store: this.#head.store };
  }

  #watchHead(): void {
    const response = this.#response;
    const writeHead = response.writeHead;
    response.writeHead = (...given: unknown[]): ServerResponse => {
      if (this.#head !== undefined || response.headersSent) return Reflect.apply(writeHead, response, given);
      const { status, message, headers } = readHeadArguments(given);
      setHeaders(response, headers);
      const addsCacheControl = this.#announce(status);
      Reflect.apply(writeHead, response, message === undefined ? [status] : [status, message]);
      // Middleware that was mounted before may have added headers in the call: a session cookie, for one.
      this.#head = this.#options.decide(headOf(response, response.statusCode, addsCacheControl));
      if ('refusal' in this.#head) this.settle(this.#head.refusal);
      return response;
    };
  }

  /** Adds what the visitor is told; whether Cache-Control was among it. */
  #announce(status: number): boolean {
    const decision = this.#options.decide(headOf(this.#response, status, false));
    setCacheStatus(
      this.#response,
      'refusal' in decision ? missStatus(decision.refusal.reason) : missStatus(),
    );
    const addsCacheControl = 'store' in decision && !this.#response.hasHeader('Cache-Control');
    if (addsCacheControl) this.#response.setHeader('Cache-Control', DEFAULT_CACHE_CONTROL);
    return addsCacheControl;
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
    const declared = this.#response.getHeader('content-length');
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

interface HeadArguments {
  readonly status: number;
  readonly message: string | undefined;
  readonly headers: unknown;
}

/** `writeHead(status[, message][, headers])`. */
function readHeadArguments([status, second, third]: readonly unknown[]): HeadArguments {
  const code = Number(status);
  return typeof second === 'string'
    ? { status: code, message: second, headers: third }
    : { status: code, message: undefined, headers: second ?? third };
}

/** Sets headers as `writeHead` does: an object's, or an array's of names and values in turn. */
function setHeaders(response: ServerResponse, headers: unknown): void {
  if (Array.isArray(headers)) {
    const pairs: unknown[][] = Array.isArray(headers[0]) ? headers : inPairs(headers);
    for (const [name] of pairs) response.removeHeader(String(name));
    for (const [name, value] of pairs) response.appendHeader(String(name), toHeaderText(value));
  } else if (typeof headers === 'object' && headers !== null) {
    const named: OutgoingHttpHeaders = { ...headers };
    for (const [name, value] of Object.entries(named)) if (name !== '') response.setHeader(name, value ?? '');
  }
}

function inPairs(flat: readonly unknown[]): unknown[][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]]] : []));
}

function toHeaderText(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map(String) : String(value);
}

function headOf(response: ServerResponse, status: number, withoutCacheControl: boolean): ResponseHead {
  const headers: Record<string, OutgoingHttpHeader | undefined> = { ...response.getHeaders() };
  if (withoutCacheControl) delete headers['cache-control'];
  return { status, headers: headers satisfies HeaderValues };
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
