import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_INCLUDES, type PagePart } from '../../page/response/includes.js';

/**
 * What a visitor, whose request it is, sees of an island; undefined: the fallback. Never rejects, and ends within a time. What it has
 * begun may end when the visitor has left.
 */
export type IslandSource = (
  request: IncomingMessage,
  url: string,
  leaving: AbortSignal,
) => Promise<Buffer | undefined>;

/** Sends a body whose head has been sent: islands are asked for at once, and each is waited for in its place. Never rejects. */
export async function sendParts(
  response: ServerResponse,
  parts: readonly PagePart[],
  islandOf: IslandSource,
): Promise<void> {
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
    if (response.closed || response.destroyed) return;
    response.write(body);
  }
  response.off('close', leave);
  response.end();
}
