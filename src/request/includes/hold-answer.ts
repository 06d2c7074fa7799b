import type { ServerResponse } from 'node:http';
import { decode } from '../../files/compress.js';
import { isAboutKeeping, PERSONAL_CACHE_CONTROL } from '../../page/response/headers.js';
import type { PagePart } from '../../page/response/includes.js';
import { undoableCodings } from '../../page/response/rules.js';
import { applyHeadArguments, headersOf } from '../response/head-arguments.js';
import type { RenderIncludes } from './render-includes.js';
import { type IslandSource, sendParts } from './send-parts.js';

/**
 * Puts the islands of a response into it, for whoever has asked for it. A response without islands passes as it is. One that has some
 * when its head is written is held until its end; to the app, it has been sent.
 */
export function putIslands(response: ServerResponse, includes: RenderIncludes, islandOf: IslandSource): void {
  new HeldAnswer(response, includes, islandOf).start();
}

/** A body as large as this is decoded. */
const MAX_BYTES = 256 * 1024 * 1024;

class HeldAnswer {
  readonly #response: ServerResponse;
  readonly #includes: RenderIncludes;
  readonly #islandOf: IslandSource;
  readonly #chunks: Buffer[] = [];
  #state: 'before' | 'passing' | 'held' | 'ended' = 'before';
  #headers: ReturnType<typeof headersOf> = {};

  constructor(response: ServerResponse, includes: RenderIncludes, islandOf: IslandSource) {
    this.#response = response;
    this.#includes = includes;
    this.#islandOf = islandOf;
  }

  start(): void {
    const response = this.#response;
    const { writeHead, write, end, flushHeaders } = response;
    response.writeHead = (...given: unknown[]): ServerResponse => {
      if (this.#state !== 'before') return Reflect.apply(writeHead, response, given);
      if (!this.#hold(given)) return Reflect.apply(writeHead, response, given);
      return response;
    };
    response.flushHeaders = () => {
      this.#beginIfNeeded();
      if (!this.#isHeld) Reflect.apply(flushHeaders, response, []);
    };
    response.write = (...given: unknown[]): boolean => {
      this.#beginIfNeeded();
      if (!this.#isHeld) return Reflect.apply(write, response, given);
      this.#keep(given);
      return true;
    };
    response.end = (...given: unknown[]): ServerResponse => {
      this.#beginIfNeeded();
      if (!this.#isHeld) return Reflect.apply(end, response, given);
      if (this.#state === 'held') this.#end(given, { writeHead, write, end });
      return response;
    };
  }

  get #isHeld(): boolean {
    return this.#state === 'held' || this.#state === 'ended';
  }

  /** As Node does it, from the outermost `writeHead` on. */
  #beginIfNeeded(): void {
    const response = this.#response;
    if (this.#state === 'before' && !response.headersSent) response.writeHead(response.statusCode);
  }

  /** Whether the response is held from now on. */
  #hold(given: readonly unknown[]): boolean {
    const response = this.#response;
    const { isUsed } = this.#includes;
    this.#state = isUsed ? 'held' : 'passing';
    if (!isUsed) {
      this.#includes.close();
      return false;
    }
    const [status, message] = applyHeadArguments(response, given);
    response.statusCode = Number(status);
    if (typeof message === 'string') response.statusMessage = message;
    this.#headers = headersOf(response);
    // So that an error handler does not begin a second answer.
    Object.defineProperty(response, 'headersSent', { value: true, configurable: true });
    return true;
  }

  /** Appends a copy: the caller may use its buffer again. */
  #keep([chunk, encoding]: readonly unknown[]): void {
    if (chunk instanceof Uint8Array) this.#chunks.push(Buffer.from(chunk));
    else if (typeof chunk === 'string')
      this.#chunks.push(
        Buffer.from(chunk, Buffer.isEncoding(String(encoding)) ? (encoding as 'utf8') : 'utf8'),
      );
  }

  #end(given: readonly unknown[], methods: Pick<ServerResponse, 'writeHead' | 'write' | 'end'>): void {
    const response = this.#response;
    this.#keep(given);
    this.#state = 'ended';
    this.#includes.close();
    const done = given.find((one) => typeof one === 'function') as (() => void) | undefined;
    if (done !== undefined) response.once('finish', done);
    Object.defineProperty(response, 'writableEnded', { value: true, configurable: true });
    void this.#partsOf(Buffer.concat(this.#chunks)).then((parts) => {
      Reflect.deleteProperty(response, 'headersSent');
      Reflect.deleteProperty(response, 'writableEnded');
      Object.assign(response, methods);
      this.#send(parts);
    });
  }

  #send(parts: readonly PagePart[]): void {
    const response = this.#response;
    // What the app has set since it sent the head, as far as it knows, is not in it.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of Object.entries(this.#headers))
      if (!isAboutKeeping(name) && name !== 'content-length') response.setHeader(name, value);
    if (this.#isDecoded) response.removeHeader('content-encoding');
    response.setHeader('cache-control', PERSONAL_CACHE_CONTROL);
    response.writeHead(response.statusCode);
    if (response.req.method === 'HEAD') response.end();
    else void sendParts(response, parts, this.#islandOf);
  }

  #isDecoded = false;

  /** In a coding that nobody can undo, the marks stay what they are: comments. */
  async #partsOf(body: Buffer): Promise<readonly PagePart[]> {
    const given = String(this.#headers['content-encoding'] ?? 'identity')
      .trim()
      .toLowerCase();
    const coding = undoableCodings.find((one) => one === given);
    if (coding === undefined) return given === 'identity' ? this.#includes.partsOf(body) : [body];
    try {
      const decoded = await decode(body, coding, MAX_BYTES);
      this.#isDecoded = true;
      return this.#includes.partsOf(decoded);
    } catch {
      return [body];
    }
  }
}
