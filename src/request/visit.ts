import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type RequestView, VOUCHER_HEADER } from '../page/request/gate.js';
import type { RuleVariants } from '../page/variants/rule-variants.js';
import type { VisitorVariants } from './context/visitor-variants.js';

export type Next = (error?: unknown) => void;

/** A request on its way: to an answer from here, or on to the app. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Calls the app. */
  readonly next: Next;
  /** What the request has chosen. `undefined` if the site has no variants. */
  readonly chosen?: VisitorVariants | undefined;
}

/** Makes a response name the variants of its URL. Code that judges the head must have wrapped the response before. */
export function tellOf({ response, chosen }: Visit, variants: RuleVariants | undefined): void {
  if (variants !== undefined) chosen?.tell(response, variants);
}

const LOOPBACK_ADDRESS = /^(?:127\.|::1$|::ffff:127\.)/;

/**
 * Returns the connection, if there is one: some adapters have none, and some remove it when the response has ended,
 * whatever the types say.
 */
export function socketOf(request: IncomingMessage): Socket | undefined {
  const socket: Socket | null | undefined = request.socket;
  return socket ?? undefined;
}

/** Whether a response is one of several streams of a connection. In adapters, it may have no request. */
export function isStream(response: ServerResponse): boolean {
  const request: IncomingMessage | undefined = response.req;
  return request !== undefined && request.httpVersionMajor > 1;
}

/** Whether the client speaks TLS with this process. */
export function isEncrypted(request: IncomingMessage): boolean {
  const socket: (Socket & { readonly encrypted?: unknown }) | undefined = socketOf(request);
  return socket?.encrypted === true;
}

/**
 * Returns the headers of a request, with Host as in HTTP/1.1. HTTP/2 says in `:authority` and `:scheme` what HTTP/1.1
 * says with Host and the connection (RFC 9113 §8.3.1). If they disagree, it is not known which host is meant.
 */
export function sentHeaders(request: IncomingMessage): IncomingHttpHeaders {
  const { headers } = request;
  if (request.httpVersionMajor < 2) return headers;
  const { host, ':authority': authority = host, ':scheme': scheme } = headers;
  const isClear = scheme === (isEncrypted(request) ? 'https' : 'http') && (host ?? authority) === authority;
  return { ...headers, host: isClear ? String(authority ?? '') : '' };
}

/** Returns what the gate looks at. */
export function viewOf({ request }: Visit): RequestView {
  return new NodeRequestView(request);
}

/** Reads what few requests need only when it is used: addresses and ports come from the system. */
class NodeRequestView implements RequestView {
  readonly method: string;
  readonly httpVersion: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.method = request.method ?? 'GET';
    this.httpVersion = request.httpVersion;
    this.target = originalTarget(request);
    this.headers = sentHeaders(request);
    this.#request = request;
  }

  get local(): boolean {
    const socket = socketOf(this.#request);
    const address = socket?.remoteAddress;
    // A Unix socket has no address. If there is no socket at all, it is not known where the client is.
    return socket !== undefined && (address === undefined || LOOPBACK_ADDRESS.test(address));
  }

  get localPort(): number | undefined {
    return socketOf(this.#request)?.localPort;
  }

  get isEncrypted(): boolean {
    return isEncrypted(this.#request);
  }
}

/** Returns the target as sent: a mounted router changes `url`, but not `originalUrl`. */
export function originalTarget(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  return typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '');
}

/**
 * Whether the app is an Express app that ignores case in paths, as it does by default. This is known once Express has
 * got the request, wherever the middleware is mounted.
 */
export function ignoresCase(request: IncomingMessage): boolean {
  const app: unknown = Reflect.get(request, 'app');
  const isEnabled: unknown = typeof app === 'function' ? Reflect.get(app, 'enabled') : undefined;
  return (
    typeof isEnabled === 'function' && Reflect.apply(isEnabled, app, ['case sensitive routing']) === false
  );
}

/** Returns nginx's fingerprint; empty if nginx sent none. Two values come from a client, because nginx overwrites. */
export function fingerprintIn({ headers }: RequestView): string {
  const value = headers[VOUCHER_HEADER];
  return typeof value !== 'string' || value.includes(',') ? '' : value;
}
