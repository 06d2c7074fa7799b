import type { ServerResponse } from 'node:http';
import { isAboutKeeping, PERSONAL_CACHE_CONTROL } from '../../page/response/headers.js';
import { isIncludingType } from '../../page/response/types.js';
import { applyHeadArguments, headersOf } from '../response/head-arguments.js';
import {
  callbackIn,
  copied,
  endPretence,
  HeadersSentError,
  isEndAlone,
  isSendable,
  isWritable,
  pretendSent,
  refuseUnknownEncoding,
  setStatus,
  statusMessageOf,
} from '../response/sent-head.js';
import { type HeldParts, partsOfHeld } from './held-body.js';
import type { RenderIncludes } from './render-includes.js';
import { type IslandSource, writeParts } from './send-parts.js';

/** Where the islands of responses come from, and how much of a response is held for them. */
export interface HoldingParts {
  readonly islandOf: IslandSource;
  /** The rest of a longer response is sent as it comes: it could not become a page either. */
  readonly maxBodyBytes: number;
  /** Called for islands that cannot be put into a response. */
  readonly onLeftOut: (response: ServerResponse, why: string) => void;
}

/**
 * Puts the islands of a response into it, for the client that has requested it. A response without islands passes as it
 * is. One that has islands when its head is written is held until its end, if it is HTML in UTF-8; to the app, it is
 * sent.
 */
export function putIslands(response: ServerResponse, includes: RenderIncludes, parts: HoldingParts): void {
  new HeldAnswer(response, includes, parts).start();
}

type Methods = Pick<
  ServerResponse,
  'writeHead' | 'write' | 'end' | 'flushHeaders' | 'setHeader' | 'appendHeader' | 'removeHeader'
>;

class HeldAnswer {
  readonly #response: ServerResponse;
  readonly #includes: RenderIncludes;
  readonly #parts: HoldingParts;
  readonly #methods: Methods;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #state: 'before' | 'passing' | 'held' | 'leaving' = 'before';
  /** What the app writes while the beginning of the response is sent. */
  readonly #queue: (() => void)[] = [];
  #wantsDrain = false;
  #head: {
    readonly status: number;
    readonly message: string;
    readonly headers: ReturnType<typeof headersOf>;
  };

  constructor(response: ServerResponse, includes: RenderIncludes, parts: HoldingParts) {
    this.#response = response;
    this.#includes = includes;
    this.#parts = parts;
    const { writeHead, write, end, flushHeaders, setHeader, appendHeader, removeHeader } = response;
    this.#methods = { writeHead, write, end, flushHeaders, setHeader, appendHeader, removeHeader };
    this.#head = { status: 0, message: '', headers: {} };
  }

  start(): void {
    this.#watchHead();
    this.#watchBody();
  }

  #watchHead(): void {
    const response = this.#response;
    for (const name of ['setHeader', 'appendHeader', 'removeHeader'] as const)
      response[name] = ((...given: unknown[]) => {
        this.#refuseIfSent('set');
        return this.#pass(name, given);
      }) as never;
    response.writeHead = (...given: unknown[]): ServerResponse => {
      this.#refuseIfSent('write');
      if (this.#state !== 'before' || !this.#hold(given)) return this.#pass('writeHead', given);
      return response;
    };
    response.flushHeaders = () => {
      this.#beginIfNeeded();
      if (!this.#isHeld) this.#pass('flushHeaders', []);
    };
  }

  #watchBody(): void {
    const response = this.#response;
    response.write = (...given: unknown[]): boolean => {
      refuseUnknownEncoding(given);
      // Node refuses such a chunk before the head is sent.
      if (!isWritable(given)) return this.#pass('write', given);
      this.#beginIfNeeded();
      return this.#isHeld ? this.#write(given) : this.#pass('write', given);
    };
    response.end = (...given: unknown[]): ServerResponse => {
      refuseUnknownEncoding(given);
      if (!isEndAlone(given) && !isWritable(given)) return this.#pass('end', given);
      this.#beginIfNeeded();
      if (!this.#isHeld) return this.#pass('end', given);
      this.#end(given);
      return response;
    };
  }

  #pass<Name extends keyof Methods>(name: Name, given: readonly unknown[]): ReturnType<Methods[Name]> {
    return Reflect.apply(this.#methods[name], this.#response, given);
  }

  get #isHeld(): boolean {
    return this.#state === 'held' || this.#state === 'leaving';
  }

  #refuseIfSent(verb: 'set' | 'write'): void {
    if (this.#isHeld) throw new HeadersSentError(verb);
  }

  /** Writes the head as Node does, beginning at the outermost `writeHead`. */
  #beginIfNeeded(): void {
    const response = this.#response;
    if (this.#state === 'before' && !response.headersSent) response.writeHead(response.statusCode);
  }

  /** Whether the response is held from now on. */
  #hold(given: readonly unknown[]): boolean {
    const response = this.#response;
    if (this.#includes.isUsed) {
      const [status, message = statusMessageOf(response)] = applyHeadArguments(response, given);
      if (!isSendable(Number(status), message)) return false;
      const headers = headersOf(response);
      this.#head = { status: Number(status), message: String(message ?? ''), headers };
      response.statusCode = Number(status);
      const type = String(headers['content-type'] ?? 'no Content-Type');
      if (isIncludingType(type)) {
        this.#state = 'held';
        pretendSent(response);
        return true;
      }
      // In this type, marks are comments or plain text, and the HTML of islands has no place.
      this.#parts.onLeftOut(response, type);
      this.#makePersonal();
    }
    this.#state = 'passing';
    this.#includes.close();
    return false;
  }

  #write(given: readonly unknown[]): boolean {
    if (this.#state === 'leaving') {
      this.#wantsDrain = true;
      const kept = copied(given);
      this.#queue.push(() => this.#pass('write', kept));
      return false;
    }
    this.#keep(given);
    const done = callbackIn(given);
    if (done !== undefined) process.nextTick(done);
    if (this.#bytes <= this.#parts.maxBodyBytes) return true;
    this.#parts.onLeftOut(this.#response, `more than ${this.#parts.maxBodyBytes} bytes`);
    this.#wantsDrain = true;
    this.#state = 'leaving';
    this.#leave(() => undefined);
    return false;
  }

  /** Appends a copy: the caller may use its buffer again. */
  #keep([chunk, encoding]: readonly unknown[]): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
    const coding = typeof encoding === 'string' && encoding !== '' ? (encoding as 'utf8') : 'utf8';
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, coding) : Buffer.from(chunk);
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
  }

  #end(given: readonly unknown[]): void {
    const response = this.#response;
    if (response.writableEnded) return;
    Object.defineProperty(response, 'writableEnded', { value: true, configurable: true });
    if (this.#state === 'leaving') {
      this.#queue.push(() => this.#pass('end', given));
      return;
    }
    this.#keep(given);
    const done = callbackIn(given);
    this.#state = 'leaving';
    this.#leave(() => this.#pass('end', done === undefined ? [] : [done]));
  }

  /**
   * Sends the head and the body so far, then passes on what comes. It calls the inner methods: what the app has put
   * around the response, such as compression, has already seen these bytes.
   */
  #leave(next: () => void): void {
    this.#includes.close();
    const held = {
      body: Buffer.concat(this.#chunks.splice(0)),
      coding: String(this.#head.headers['content-encoding'] ?? 'identity'),
      isWhole: this.#response.writableEnded,
    };
    void partsOfHeld(held, this.#includes)
      .then((parts) => this.#send(parts))
      .then(() => {
        this.#state = 'passing';
        Reflect.deleteProperty(this.#response, 'writableEnded');
        next();
        for (const action of this.#queue.splice(0)) action();
        if (this.#wantsDrain && !this.#response.writableNeedDrain) this.#response.emit('drain');
      })
      // There is no one else to report the error to.
      .catch((error: Error) => this.#response.destroy(error));
  }

  async #send({ parts, isDecoded }: HeldParts): Promise<void> {
    const response = this.#response;
    const { status, message } = this.#head;
    endPretence(response);
    const { writableEnded } = response;
    this.#state = 'passing';
    if (isDecoded) response.removeHeader('content-encoding');
    this.#makePersonal();
    // To the app, the head has been sent: what it has set since is not in the head.
    setStatus(response, status, message);
    this.#pass('writeHead', [status]);
    if (response.req.method === 'HEAD') return;
    this.#state = writableEnded ? 'passing' : 'leaving';
    await writeParts(response, parts, this.#parts.islandOf, (chunk) => this.#pass('write', [chunk]));
  }

  #makePersonal(): void {
    const response = this.#response;
    for (const name of response.getHeaderNames())
      if (isAboutKeeping(name) || name === 'content-length') response.removeHeader(name);
    response.setHeader('cache-control', PERSONAL_CACHE_CONTROL);
  }
}
