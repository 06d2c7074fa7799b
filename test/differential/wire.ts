import { connect, type Socket } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** One answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. The values of a repeated header are joined with a comma (RFC 9110 §5.3). */
  readonly headers: ReadonlyMap<string, string>;
  /** Without transfer coding. */
  readonly body: Buffer;
  readonly trailers: string;
  /** Whether it reached the end that its head promised. */
  readonly complete: boolean;
}

/** Everything that a server sent in reply to a message. */
export interface Exchange {
  readonly answers: readonly Answer[];
  /** The bytes after the last answer, which are not an answer, as latin1. */
  readonly rest: string;
  /** Whether the server fell silent before it had answered everything. */
  readonly silent: boolean;
}

/** Bytes to send, and the answers to expect. */
export interface Message {
  /** Each segment is written when the previous one has left. */
  readonly segments: readonly Buffer[];
  /** The method of each request in the message, so that the answers can be told apart. */
  readonly methods: readonly string[];
  /** Whether the message may use an open connection, and may be sent again if the server has closed that meanwhile. */
  readonly repeatable: boolean;
  /** Whether to leave when everything is sent. */
  readonly abandoned?: boolean;
}

const SILENCE_MS = 10_000;
/** Answers that have no body, whatever their headers say (RFC 9112 §6.3). */
const BODILESS = new Set([101, 204, 304]);

/** A client that exchanges bytes with one server, one exchange at a time. */
export class Wire {
  readonly #port: number;
  #open: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  async exchange(message: Message): Promise<Exchange> {
    const reused = message.repeatable ? this.#takeOpen() : undefined;
    const first = await this.#send(reused ?? open(this.#port), message);
    // The server may close an idle connection just when it is used again (RFC 9112 §9.3.1).
    const wasClosed = reused !== undefined && first.answers.length === 0 && first.rest === '';
    return wasClosed && !first.silent ? this.#send(open(this.#port), message) : first;
  }

  close(): void {
    this.#open?.destroy();
    this.#open = undefined;
  }

  #takeOpen(): Socket | undefined {
    const socket = this.#open;
    this.#open = undefined;
    return socket?.destroyed === false ? socket : undefined;
  }

  async #send(socket: Socket, { segments, methods, repeatable, abandoned }: Message): Promise<Exchange> {
    const reader = new Reader(methods);
    const end = read(socket, reader);
    await write(socket, segments);
    if (abandoned === true) socket.destroy();
    const how = await end;
    if (how !== 'answered') reader.finish();
    if (how === 'answered' && repeatable && reader.keepsAlive) this.#open = socket.pause();
    else socket.destroy();
    return { answers: reader.answers, rest: reader.rest, silent: how === 'silent' };
  }
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  // Some servers close a connection with a reset. Only the end of the connection counts.
  return socket.on('error', () => undefined);
}

/** Reads until everything is answered, the server has closed, or the server falls silent. */
function read(socket: Socket, reader: Reader): Promise<'answered' | 'closed' | 'silent'> {
  return new Promise((resolve) => {
    const done = (how: 'answered' | 'closed' | 'silent') => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      resolve(how);
    };
    const onData = (chunk: Buffer) => {
      if (reader.take(chunk)) done('answered');
    };
    const onEnd = () => done('closed');
    const timer = setTimeout(done, SILENCE_MS, 'silent');
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).resume();
  });
}

async function write(socket: Socket, segments: readonly Buffer[]): Promise<void> {
  for (const segment of segments) {
    // The next segment is written when this side has sent the previous one.
    await new Promise((resolve) => socket.write(segment, resolve));
  }
}

/** Returns the body without its content coding; `undefined` if the body is not in that coding. */
export function decoded({ headers, body }: Answer): Buffer | undefined {
  const coding = headers.get('content-encoding');
  if (coding === undefined || coding === 'identity' || body.length === 0) return body;
  try {
    if (coding === 'br') return brotliDecompressSync(body);
    if (coding === 'gzip' || coding === 'x-gzip') return gunzipSync(body);
    return coding === 'deflate' ? inflateSync(body) : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** Parses bytes into answers. */
class Reader {
  readonly answers: Answer[] = [];
  readonly #methods: readonly string[];
  #received: Buffer = Buffer.alloc(0);
  #head: Head | undefined;

  constructor(methods: readonly string[]) {
    this.#methods = methods;
  }

  /** Takes received bytes. Returns whether all expected answers have arrived. */
  take(chunk: Buffer): boolean {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    while (this.#readOne(false));
    return this.answers.length >= this.#methods.length;
  }

  /** Parses the rest when the server has closed: no more bytes will come. */
  finish(): void {
    while (this.#readOne(true));
  }

  get rest(): string {
    return this.#received.toString('latin1');
  }

  get keepsAlive(): boolean {
    const last = this.answers.at(-1);
    const closes = last?.headers.get('connection')?.toLowerCase().includes('close') ?? false;
    return this.#received.length === 0 && last?.complete === true && !closes;
  }

  #readOne(closed: boolean): boolean {
    if (this.#head === undefined && !this.#readHead()) return false;
    const head = this.#head;
    if (head === undefined) return false;
    const answer = this.#readBody(head, closed);
    if (answer === undefined) return false;
    this.answers.push(answer);
    this.#head = undefined;
    return true;
  }

  #readHead(): boolean {
    const end = this.#received.indexOf('\r\n\r\n');
    // Bytes after the last answer that do not begin another one belong to no answer.
    if (end === -1 || !this.#received.subarray(0, 5).equals(Buffer.from('HTTP/'))) return false;
    const head = parseHead(this.#received.toString('latin1', 0, end));
    this.#received = this.#received.subarray(end + 4);
    if (head.status < 200 && head.status !== 101) return this.#readHead();
    this.#head = head;
    return true;
  }

  #readBody(head: Head, closed: boolean): Answer | undefined {
    const none = { ...head, body: Buffer.alloc(0), trailers: '', complete: true };
    if (this.#methods[this.answers.length] === 'HEAD' || BODILESS.has(head.status)) return none;
    if (head.headers.get('transfer-encoding')?.toLowerCase() === 'chunked')
      return this.#readChunks(head, closed);
    const declared = head.headers.get('content-length');
    const length = declared === undefined ? Number.POSITIVE_INFINITY : Number(declared);
    if (this.#received.length < length && !closed) return undefined;
    const body = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(body.length);
    return { ...none, body, complete: declared === undefined || body.length === length };
  }

  #readChunks(head: Head, closed: boolean): Answer | undefined {
    const parsed = parseChunks(this.#received);
    if (!parsed.complete && !closed) return undefined;
    this.#received = parsed.complete ? this.#received.subarray(parsed.length) : Buffer.alloc(0);
    const { body, trailers, complete } = parsed;
    return { ...head, body, trailers, complete };
  }
}

function parseHead(text: string): Head {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    const value = line.slice(name.length + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0), headers };
}

interface Chunks {
  readonly body: Buffer;
  readonly trailers: string;
  readonly length: number;
  readonly complete: boolean;
}

function parseChunks(bytes: Buffer): Chunks {
  const chunks: Buffer[] = [];
  const upTo = (length: number, complete: boolean, trailers = ''): Chunks => {
    return { body: Buffer.concat(chunks), trailers, length, complete };
  };
  for (let position = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', position);
    const size = Number.parseInt(bytes.toString('latin1', position, Math.max(position, lineEnd)), 16);
    if (lineEnd === -1 || Number.isNaN(size)) return upTo(position, false);
    if (size === 0) {
      const end = bytes.indexOf('\r\n\r\n', lineEnd);
      const trailers = bytes.toString('latin1', lineEnd + 2, Math.max(lineEnd + 2, end));
      return end === -1 ? upTo(position, false) : upTo(end + 4, true, trailers);
    }
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    position = lineEnd + 2 + size + 2;
    if (bytes.length < position) return upTo(position, false);
  }
}
