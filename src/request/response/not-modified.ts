import type { ServerResponse } from 'node:http';
import { headersOf } from './head-arguments.js';

/** Headers about a body, which a 304 does not have (RFC 9110 §15.4.5). */
const bodyHeaders: readonly string[] = [
  ...['content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'trailer'],
];

/** Removes the headers about a body from a head that is about to leave, and returns them. */
export function takeBodyHeaders(response: ServerResponse): Record<string, string | string[]> {
  const taken = Object.entries(headersOf(response)).filter(([name]) => bodyHeaders.includes(name));
  for (const [name] of taken) response.removeHeader(name);
  return Object.fromEntries(taken);
}
