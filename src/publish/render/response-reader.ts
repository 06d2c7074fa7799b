/** A response as a client receives it. */
export interface SyntheticResponse {
  readonly status: number;
  /** By lower-case name; the values of a repeated header are joined by a comma, except those of `set-cookie`. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Without transfer coding, but in the content coding that the application chose. */
  readonly body: Buffer;
}

/** Reads the bytes that Node writes for one response. They come from this process, so their framing can be trusted. */
export class ResponseReader {
  readonly #chunks: Buffer[] = [];
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Keeps a copy: the writer may use its buffer again. Returns whether the response is still within its limit. */
  add(bytes: Buffer): boolean {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) return false;
    this.#chunks.push(Buffer.from(bytes));
    return true;
  }

  /** Returns the whole response. Throws if its body is not as long as its head declares. */
  read(): SyntheticResponse {
    const received = Buffer.concat(this.#chunks);
    const { status, headers, rest } = readHead(received);
    const body = isBodiless(status) ? Buffer.alloc(0) : readBody(rest, headers);
    return { status, headers, body };
  }
}

const HEAD_END = '\r\n\r\n';

interface Head extends Omit<SyntheticResponse, 'body'> {
  readonly rest: Buffer;
}

/** Returns the final head. Interim heads (early hints) come before it (RFC 9110 §15.2). */
function readHead(received: Buffer): Head {
  const end = received.indexOf(HEAD_END);
  const [statusLine = '', ...lines] = received.toString('latin1', 0, Math.max(end, 0)).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new Error('The application sent something that is not an HTTP response');
  const rest = received.subarray(end + HEAD_END.length);
  return status < 200 ? readHead(rest) : { status, headers: readHeaders(lines), rest };
}

function readHeaders(lines: readonly string[]): SyntheticResponse['headers'] {
  const headers = new Map<string, string>();
  const cookies: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    if (name === 'set-cookie') cookies.push(value);
    else headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { ...Object.fromEntries(headers), ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) };
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}

function readBody(rest: Buffer, headers: SyntheticResponse['headers']): Buffer {
  if (String(headers['transfer-encoding']).toLowerCase() === 'chunked') return joinChunks(rest);
  const declared = headers['content-length'];
  if (declared === undefined || Number(declared) === rest.length) return rest;
  throw new Error(`The application declared ${String(declared)} bytes and sent ${rest.length}`);
}

/** Joins the chunks of a body (RFC 9112 §7.1): each has its length before it, and the last is empty. */
function joinChunks(rest: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let position = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', position);
    const size = Number.parseInt(rest.toString('latin1', position, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(chunks);
    const start = lineEnd + 2;
    chunks.push(rest.subarray(start, start + size));
    position = start + size + 2;
  }
}
