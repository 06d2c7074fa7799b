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
  /** What the request has chosen. Undefined: the site has no variants. */
  readonly chosen?: VisitorVariants | undefined;
}

/** What the answer of the app has of the variants of its URL. What judges the head has to be put around it before. */
export function tellOf({ response, chosen }: Visit, variants: RuleVariants | undefined): void {
  if (variants !== undefined) chosen?.tell(response, variants);
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

/** Whether a response is a stream among others of a connection. Those of some adapters know no request, whatever the types say. */
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
 * The headers of a request, with Host as HTTP/1.1 has it. HTTP/2 says in `:authority` and `:scheme` what is said there by Host and by
 * the connection (RFC 9113 §8.3.1). Where they disagree, nobody knows which host is meant.
 */
export function sentHeaders(request: IncomingMessage): IncomingHttpHeaders {
  const { headers } = request;
  if (request.httpVersionMajor < 2) return headers;
  const { host, ':authority': authority = host, ':scheme': scheme } = headers;
  const isClear = scheme === (isEncrypted(request) ? 'https' : 'http') && (host ?? authority) === authority;
  return { ...headers, host: isClear ? String(authority ?? '') : '' };
}

/** What the gate looks at. */
export function viewOf({ request }: Visit): RequestView {
  return new NodeRequestView(request);
}

/** Asks for what few requests need when it is looked at: addresses and ports come from the system. */
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
    // A Unix socket has no address. Where there is no socket at all, nobody knows.
    return socket !== undefined && (address === undefined || LOOPBACK_ADDRESS.test(address));
  }

  get localPort(): number | undefined {
    return socketOf(this.#request)?.localPort;
  }

  get isEncrypted(): boolean {
    return isEncrypted(this.#request);
  }
}

/** The target as sent: a mounted router changes `url`, and keeps this. */
export function originalTarget(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
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
  const value = headers[VOUCHER_HEADER];
  return typeof value !== 'string' || value.includes(',') ? '' : value;
}
