import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lease, Ledger } from '../ledger/ledger.js';
import type { Metrics } from '../metrics.js';
import { type Reason, type Refusal, type RequestReason, refuse } from '../page/reasons.js';
import {
  type PageRequest,
  type RequestGate,
  type RequestView,
  VOUCHER_HEADER,
} from '../page/request/gate.js';
import { isUnsafe } from '../page/request/unsafe.js';
import type { HeaderValues } from '../page/response/headers.js';
import { decideResponse, type ResponseRuleOptions } from '../page/response/rules.js';
import { bypassStatus, missStatus, setCacheStatus } from './cache-status.js';
import { captureResponse } from './capture.js';
import { Coalescer, endOfWait, type Wait } from './coalesce.js';
import { holdResponse } from './hold.js';
import type { NginxWatch } from './nginx-watch.js';
import type { PageWriter, RenderOutcome } from './page-writer.js';
import type { RenderContext, RenderContexts } from './render-context.js';
import type { PageServer } from './serve.js';

/** Anything that takes `(req, res, next)`: Express 4 and 5, Connect, or `node:http` with a callback. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void;

export type Next = (error?: unknown) => void;

/** Is told what becomes of a render, when it begins. */
export type RenderOrder = (outcome: Promise<RenderOutcome>) => void;

/** What somebody other than a visitor asked for. */
export type Order =
  /** A render that is stored, whatever is stored already. */
  | { readonly kind: 'store'; readonly tell: RenderOrder }
  /** A render that is neither stored nor answered from what is; `tell` gets what the app will have said of it at its end. */
  | { readonly kind: 'render-only'; readonly tell: (context: RenderContext) => void }
  /** To be told the routes that the app has declared for exports; it gets an empty answer. */
  | { readonly kind: 'tell-routes'; readonly tell: (routes: readonly unknown[]) => void };

/** Finds the order that a request was made for. */
export interface Orders {
  get(request: IncomingMessage): Order | undefined;
}

export interface MiddlewareParts {
  readonly gate: RequestGate;
  readonly ledger: Pick<Ledger, 'lease'>;
  readonly server: PageServer;
  readonly writer: PageWriter;
  readonly metrics: Metrics;
  readonly contexts: RenderContexts;
  readonly orders: Orders;
  /** What the app has declared for exports. */
  readonly declaredRoutes: () => readonly unknown[];
  readonly rules: ResponseRuleOptions;
  readonly maxBodyBytes: number;
  /** Told of what an administrator should mend; may be told of it with every request. */
  readonly onNotice: (reason: Reason, fields: object) => void;
  readonly nginx: NginxWatch;
  /** Invalidates what an unsafe request has made out of date; undefined if that is nothing. */
  readonly onUnsafe: (
    request: RequestView,
    status: number,
    headers: HeaderValues,
  ) => Promise<void> | undefined;
}

/** A request that may be answered from a page. */
interface Visit {
  readonly decision: PageRequest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly next: Next;
  /** How long it waits for the renders of others: see {@link endOfWait}. */
  readonly patience: number;
}

/** The journey of a request, in order: gate, hit, wait for the same page, capture of a miss. */
export function createMiddleware(parts: MiddlewareParts): Middleware {
  const coalescer = new Coalescer();
  const seen = new WeakSet<IncomingMessage>();

  return (request, response, next) => {
    // Mounted twice, or in an app that dispatches a request anew: it must not wait for itself.
    if (seen.has(request)) return next();
    seen.add(request);
    const order = parts.orders.get(request);
    if (order?.kind === 'render-only') {
      renderOnly(parts.contexts, order.tell, next);
      return;
    }
    if (order?.kind === 'tell-routes') {
      order.tell(parts.declaredRoutes());
      response.writeHead(204).end();
      return;
    }
    const view = viewOf(request);
    const decision = parts.gate(view);
    parts.nginx.saw(fingerprintIn(view));
    if (decision.outcome === 'bypass') {
      if (decision.reason === 'host') parts.onNotice('host', { host: request.headers.host });
      order?.tell(Promise.resolve({ refusal: refuse(decision.reason) }));
      if (isUnsafe(view.method))
        holdResponse(response, (status, headers) => parts.onUnsafe(view, status, headers));
      parts.metrics.count(`bypass:${decision.reason}`);
      passBy(response, decision.reason, next);
    } else if (order === undefined) visit({ decision, request, response, next, patience: endOfWait() });
    else render(parts, decision, response, next, order.tell);
  };

  /** A visitor's request: a hit, or a miss that only the first of several renders. */
  function visit(visitor: Visit): void {
    const { decision, request, response, next, patience } = visitor;
    if (isServed(parts, decision, request, response)) {
      parts.metrics.count('hit');
      return;
    }
    const key = `${decision.host}${decision.page.path}`;
    // Only a request that may make the page is worth waiting for.
    const lead: RenderOrder =
      decision.captureRefusal === undefined ? (outcome) => coalescer.lead(key, outcome) : () => undefined;
    const wait = coalescer.follow(key, patience);
    if (wait === undefined) {
      render(parts, decision, response, next, lead);
      return;
    }
    const afterWait = (end: Wait) => {
      // The client may have left meanwhile; nobody is there to be answered.
      if (response.closed || request.socket.destroyed) return;
      if (end === 'look-again') visit(visitor);
      else render(parts, decision, response, next, lead);
    };
    wait.then(afterWait).catch(next);
  }
}

/** The answer of the app alone, whatever the gate says of the request: its head gets nothing of ours. */
function renderOnly(contexts: RenderContexts, tell: (context: RenderContext) => void, next: Next): void {
  const context = newContext();
  tell(context);
  contexts.run(context, next);
}

function newContext(): RenderContext {
  return { tags: new Set(), skipped: undefined };
}

function passBy(response: ServerResponse, reason: RequestReason, next: Next): void {
  setCacheStatus(response, bypassStatus(reason));
  next();
}

/** A hit, if there is one; a page that cannot be read is a miss. */
function isServed(
  parts: MiddlewareParts,
  decision: PageRequest,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  try {
    return parts.server.serve(decision, request, response);
  } catch (error) {
    if (response.headersSent) throw error;
    parts.writer.unreadable(decision, error);
    return false;
  }
}

/** A miss: the lease is taken before any code of the application runs. */
function render(
  parts: MiddlewareParts,
  decision: PageRequest,
  response: ServerResponse,
  next: Next,
  order: RenderOrder,
): void {
  const lease = takeLease(parts, decision);
  if ('refusal' in lease) {
    order(Promise.resolve(lease));
    setCacheStatus(response, missStatus(lease.refusal.reason));
    next();
    return;
  }
  const context = newContext();
  const captured = captureResponse(response, {
    maxBodyBytes: parts.maxBodyBytes,
    decide: (head) =>
      context.skipped === undefined
        ? decideResponse(decision.page, head, parts.rules)
        : { refusal: refuse('skipped', context.skipped) },
  });
  const startedAt = performance.now();
  const nginxOutdated = parts.nginx.isOutdated();
  order(parts.writer.finish({ request: decision, lease, context, startedAt, nginxOutdated }, captured));
  parts.contexts.run(context, next);
}

/** The right to store the page, or why there is none. A ledger that cannot be read does no other harm. */
function takeLease(parts: MiddlewareParts, decision: PageRequest): Lease | { readonly refusal: Refusal } {
  if (decision.captureRefusal !== undefined)
    return parts.writer.refused(decision, refuse(decision.captureRefusal));
  if (parts.writer.isResting(decision)) return { refusal: refuse('fault', 'a fault came before') };
  try {
    return parts.ledger.lease();
  } catch (error) {
    return parts.writer.fault(decision, error);
  }
}

const LOOPBACK_ADDRESS = /^(?:127\.|::1$|::ffff:127\.)/;

function viewOf(request: IncomingMessage): RequestView {
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
function fingerprintIn({ headers }: RequestView): string {
  const value = String(headers[VOUCHER_HEADER] ?? '');
  return value.includes(',') ? '' : value;
}
