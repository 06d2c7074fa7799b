import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RequestView, VOUCHER_HEADER } from '../page/request/gate.js';

export type Next = (error?: unknown) => void;

/** A request on its way: to an answer from here, or on to the app. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Calls the app. */
  readonly next: Next;
}

const LOOPBACK_ADDRESS = /^(?:127\.|::1$|::ffff:127\.)/;

/** What the gate looks at. */
export function viewOf({ request }: Visit): RequestView {
  const address = request.socket.remoteAddress;
  return {
    method: request.method ?? 'GET',
    httpVersion: request.httpVersion,
    target: originalTarget(request),
    headers: request.headers,
    // A Unix socket has no address.
    local: address === undefined || LOOPBACK_ADDRESS.test(address),
    localPort: request.socket.localPort,
  };
}

/** The target as sent: a mounted router changes `url`, and keeps this. */
function originalTarget(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '');
}

/** What nginx says of its configuration; empty for a request that came past it. Two values are a client's: nginx overwrites. */
export function fingerprintIn({ headers }: RequestView): string {
  const value = String(headers[VOUCHER_HEADER] ?? '');
  return value.includes(',') ? '' : value;
}
