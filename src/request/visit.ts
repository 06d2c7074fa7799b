import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
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

/**
 * The connection, if there is one: some adapters have none, and some take it away when the response has ended, whatever
 * the types say.
 */
export function socketOf(request: IncomingMessage): Socket | undefined {
  const socket: Socket | null | undefined = request.socket;
  return socket ?? undefined;
}

/** Whether the client speaks TLS with this process. */
export function isEncrypted(request: IncomingMessage): boolean {
  const socket: (Socket & { readonly encrypted?: unknown }) | undefined = socketOf(request);
  return socket?.encrypted === true;
}

/** What the gate looks at. */
export function viewOf({ request }: Visit): RequestView {
  const socket = socketOf(request);
  const address = socket?.remoteAddress;
  return {
    method: request.method ?? 'GET',
    httpVersion: request.httpVersion,
    target: originalTarget(request),
    headers: request.headers,
    // A Unix socket has no address. Where there is no socket at all, nobody knows.
    local: socket !== undefined && (address === undefined || LOOPBACK_ADDRESS.test(address)),
    localPort: socket?.localPort,
    isEncrypted: isEncrypted(request),
  };
}

/** The target as sent: a mounted router changes `url`, and keeps this. */
function originalTarget(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '');
}

/**
 * Whether the app is Express's, and finds its routes however a path is spelled: its default. Known once Express has got the
 * request, wherever the middleware is mounted.
 */
export function ignoresCase(request: IncomingMessage): boolean {
  const app: unknown = Reflect.get(request, 'app');
  const isEnabled: unknown = typeof app === 'function' ? Reflect.get(app, 'enabled') : undefined;
  return (
    typeof isEnabled === 'function' && Reflect.apply(isEnabled, app, ['case sensitive routing']) === false
  );
}

/** What nginx says of its configuration; empty for a request that came past it. Two values are a client's: nginx overwrites. */
export function fingerprintIn({ headers }: RequestView): string {
  const value = String(headers[VOUCHER_HEADER] ?? '');
  return value.includes(',') ? '' : value;
}
