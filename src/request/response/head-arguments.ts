import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

interface HeadArguments {
  readonly status: number;
  readonly message: string | undefined;
  readonly headers: unknown;
}

/**
 * Does what `writeHead(status[, message][, headers])` would do first: sets the headers that it was given. Returns the
 * other arguments, for the call itself.
 */
export function applyHeadArguments(response: ServerResponse, given: readonly unknown[]): readonly unknown[] {
  const { status, message, headers } = readHeadArguments(given);
  setHeaders(response, headers);
  return message === undefined ? [status] : [status, message];
}

function readHeadArguments([status, second, third]: readonly unknown[]): HeadArguments {
  const code = Number(status);
  return typeof second === 'string'
    ? { status: code, message: second, headers: third }
    : { status: code, message: undefined, headers: second ?? third };
}

/** Whether `writeHead` sends all lines of a name if there are headers already: newer Nodes send all, older the last. */
const APPENDS = (() => {
  const probe = new ServerResponse(new IncomingMessage(new Socket()));
  probe.setHeader('a', '').writeHead(200, ['b', '1', 'b', '2']);
  return Array.isArray(probe.getHeader('b'));
})();

/** Sets headers as `writeHead` does: those of an object, or of an array with names and values in turn. */
function setHeaders(response: ServerResponse, headers: unknown): void {
  if (Array.isArray(headers)) {
    const pairs: unknown[][] = Array.isArray(headers[0]) ? headers : inPairs(headers);
    const keepsAll = APPENDS || response.getHeaderNames().every((name) => name === 'cache-status');
    for (const [name] of pairs) response.removeHeader(String(name));
    const { appendHeader, setHeader } = response;
    for (const pair of pairs) Reflect.apply(keepsAll ? appendHeader : setHeader, response, pair);
  } else if (typeof headers === 'object' && headers !== null) {
    // Node refuses values that are not valid.
    for (const pair of Object.entries(headers))
      if (pair[0] !== '') Reflect.apply(response.setHeader, response, pair);
  }
}

function inPairs(flat: readonly unknown[]): unknown[][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]]] : []));
}

function toHeaderText(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map(String) : String(value);
}

/** Returns the headers of a response that is about to leave, names in lower case. Node sends any value as its text. */
export function headersOf(response: ServerResponse): Record<string, string | string[]> {
  // Like Node's own object, it has no prototype: `__proto__` is a name like others.
  const headers: Record<string, string | string[]> = Object.create(null);
  // HTTP/2 has the status among the headers.
  for (const [name, value] of Object.entries(response.getHeaders()))
    if (!name.startsWith(':')) headers[name] = toHeaderText(value);
  return headers;
}
