import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_INCLUDES, type PagePart } from '../../page/response/includes.js';

/**
 * Returns what the visitor of this request sees of an island; `undefined` for the fallback. Never rejects, and ends
 * within a time limit. May stop its work when the visitor has left.
 */
export type IslandSource = (
  request: IncomingMessage,
  url: string,
  leaving: AbortSignal,
) => Promise<Buffer | undefined>;

/** Sends a body whose head has been sent, to its end. Never rejects. */
export async function sendParts(
  response: ServerResponse,
  parts: readonly PagePart[],
  islandOf: IslandSource,
): Promise<void> {
  if (await writeParts(response, parts, islandOf)) response.end();
}

/**
 * Writes a body whose head has been sent. Asks for all islands at once, and waits for each in its place. Never rejects.
 * Resolves to whether the visitor is still there.
 */
export async function writeParts(
  response: ServerResponse,
  parts: readonly PagePart[],
  islandOf: IslandSource,
  write = (chunk: Buffer): unknown => response.write(chunk),
): Promise<boolean> {
  const isGone = () => response.closed || response.destroyed;
  if (isGone()) return false;
  const leaving = new AbortController();
  setMaxListeners(MAX_INCLUDES + 1, leaving.signal);
  const leave = () => leaving.abort();
  response.once('close', leave);
  const asked = new Map<string, Promise<Buffer | undefined>>();
  const islandAt = (url: string) => {
    const known = asked.get(url) ?? islandOf(response.req, url, leaving.signal);
    asked.set(url, known);
    return known;
  };
  const bodies = parts.map((part) => (Buffer.isBuffer(part) ? part : islandAt(part.url)));
  for (const [index, part] of parts.entries()) {
    const body = (await bodies[index]) ?? (Buffer.isBuffer(part) ? part : part.fallback);
    if (isGone()) return false;
    write(body);
  }
  response.off('close', leave);
  return true;
}
