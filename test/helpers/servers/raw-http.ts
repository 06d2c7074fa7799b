import { connect } from 'node:net';
import { PATIENCE_MS } from '../patience.js';

/** The final response to a request. The transfer coding of its body is decoded. */
export interface RawResponse {
  readonly status: number;
  /** Every header line, in its order and spelling, including repetitions. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  /** By lower-case name; the values of a repeated header are joined by a comma (RFC 9110 §5.3). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Head = Omit<RawResponse, 'body'>;

/**
 * Writes bytes to a port of this host and reads one HTTP/1.1 response. It uses no HTTP client, so a target such as
 * `//x`, `/a/../b` or `/#fragment` arrives as it was written. A string is sent as UTF-8.
 */
export async function rawRequest(
  port: number,
  bytes: string | Buffer,
  { timeoutMs = PATIENCE_MS }: { timeoutMs?: number } = {},
): Promise<RawResponse> {
  const socket = connect(port, '127.0.0.1');
  const isHead = bytes.toString('latin1').startsWith('HEAD ');
  let received: Buffer = Buffer.alloc(0);
  const incomplete = (reason: string) =>
    new Error(
      `${reason} before the response was complete; received: ${JSON.stringify(received.toString('latin1'))}`,
    );
  const timer = setTimeout(() => socket.destroy(incomplete(`${timeoutMs} ms passed`)), timeoutMs);
  try {
    socket.write(bytes);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      const response = parseResponse(received, isHead, false);
      if (response !== undefined) return response;
    }
    const response = parseResponse(received, isHead, true);
    if (response === undefined) throw incomplete('The connection was closed');
    return response;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Returns undefined if more bytes are needed. */
function parseResponse(received: Buffer, isHead: boolean, closed: boolean): RawResponse | undefined {
  const headLength = received.indexOf('\r\n\r\n');
  if (headLength === -1) return undefined;
  const head = parseHead(received.toString('latin1', 0, headLength));
  const rest = received.subarray(headLength + 4);
  if (head.status < 200 && head.status !== 101) return parseResponse(rest, isHead, closed);
  // RFC 9112 §6.3: these responses have no body, whatever their headers say.
  const isBodiless = isHead || [101, 204, 304].includes(head.status);
  const body = isBodiless ? Buffer.alloc(0) : parseBody(rest, head, closed);
  return body === undefined ? undefined : { ...head, body };
}

function parseHead(text: string): Head {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined)
    throw new Error(`Expected an HTTP/1 status line, got ${JSON.stringify(statusLine)}`);
  const rawHeaders = lines.map(parseHeader);
  const headers: Record<string, string> = {};
  for (const [name, value] of rawHeaders) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return { status: Number(status), rawHeaders, headers };
}

function parseHeader(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`Expected a header line, got ${JSON.stringify(line)}`);
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function parseBody(rest: Buffer, { headers }: Head, closed: boolean): Buffer | undefined {
  if (headers['transfer-encoding']?.toLowerCase() === 'chunked') return parseChunks(rest);
  if (headers['content-length'] === undefined) return closed ? rest : undefined;
  const length = Number(headers['content-length']);
  return rest.length < length ? undefined : rest.subarray(0, length);
}

function parseChunks(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let position = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(rest.toString('latin1', position, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`Expected the size of a chunk at byte ${position} of the body`);
    // The last chunk ends with its own line, trailers if any, and an empty line.
    if (size === 0) return rest.indexOf('\r\n\r\n', position) === -1 ? undefined : Buffer.concat(chunks);
    const start = lineEnd + 2;
    position = start + size + 2;
    if (rest.length < position) return undefined;
    chunks.push(rest.subarray(start, start + size));
  }
}
