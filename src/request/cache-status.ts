import type { ServerResponse } from 'node:http';
import { type Reason, textOfReason } from '../page/reasons.js';

/** `Cache-Status` values (RFC 9211). Reason codes are tokens, so they need no quotes. */
export const HIT = 'staticgenerator; hit';

const missBecause = textOfReason((reason) => `staticgenerator; fwd=uri-miss; detail=${reason}`);

export function missStatus(reason?: Reason): string {
  return reason === undefined ? 'staticgenerator; fwd=uri-miss' : missBecause(reason);
}

export const bypassStatus = textOfReason((reason) =>
  reason === 'method' ? 'staticgenerator; fwd=method' : `staticgenerator; fwd=bypass; detail=${reason}`,
);

/** Caches list themselves from the origin's side outwards; ours is the first. */
export function setCacheStatus(response: ServerResponse, status: string): void {
  response.setHeader('Cache-Status', status);
}
