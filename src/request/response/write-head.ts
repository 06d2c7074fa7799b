import { ServerResponse } from 'node:http';
import { type HeaderLine, isOfOneRequest, isRecomputed } from '../../page/response/headers.js';

/** Headers that are ready to be written. */
export interface FlatHeaders {
  readonly lines: readonly HeaderLine[];
  /** The list that Node's `writeHead` takes. */
  readonly flat: string[];
}

/** Prepares headers for {@link writeHead}. */
export function withFlat(lines: readonly HeaderLine[]): FlatHeaders {
  return { lines, flat: lines.flatMap(linesOf) };
}

/** Writes the head of a hit, in addition to what outer middleware has set. */
export function writeHead(response: ServerResponse, status: number, { lines, flat }: FlatHeaders): void {
  if (isUntouched(response)) {
    response.writeHead(status, flat);
    return;
  }
  removeOthers(response, lines);
  for (const [name, value] of lines) {
    if (name === 'Vary' && typeof value === 'string') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}

/** Whether no outer middleware has set a header or waits for the head: then headers need not be set one by one. */
function isUntouched(response: ServerResponse): boolean {
  return response.writeHead === ServerResponse.prototype.writeHead && response.getHeaderNames().length === 0;
}

/** Returns a header as `writeHead` takes it in a flat list: a line for each value. */
function linesOf([name, value]: HeaderLine): string[] {
  return typeof value === 'string' ? [name, value] : value.flatMap((one) => [name, one]);
}

/** Removes outer middleware's headers that the page lacks: the app had removed them. Cookies and counters stay. */
function removeOthers(response: ServerResponse, lines: readonly HeaderLine[]): void {
  const own = new Set(lines.map(([name]) => name.toLowerCase()));
  for (const name of response.getHeaderNames()) {
    const isAboutThisRequest = name === 'set-cookie' || isOfOneRequest(name);
    if (!own.has(name) && !isRecomputed(name) && !isAboutThisRequest) response.removeHeader(name);
  }
}
