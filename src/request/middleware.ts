import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '../metrics.js';
import type { PagePath } from '../page/layout.js';
import {
  type CaptureReason,
  type Reason,
  type RequestReason,
  refuse,
  textOfReason,
} from '../page/reasons.js';
import type { Bypass, PageRequest, RequestGate, RequestView } from '../page/request/gate.js';
import { isUnsafe } from '../page/request/unsafe.js';
import { AskedPages } from './again/asked-pages.js';
import { Coalescer, endOfWait } from './again/coalesce.js';
import { bypassStatus, missStatus, setCacheStatus } from './cache-status.js';
import type { Variants } from './context/visitor-variants.js';
import { Misses, type MissParts } from './miss.js';
import type { Order, Orders, RenderOrder } from './order.js';
import { type BeforeHead, holdResponse } from './response/hold.js';
import type { PageServer, Served } from './serve.js';
import { fingerprintIn, type Next, socketOf, tellOf, type Visit, viewOf } from './visit.js';

/** Anything that takes `(req, res, next)`: Express 4 and 5, Connect, or `node:http` with a callback. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void;

/** Counts hits and misses for each rule. */
export interface VisitCounts {
  served(page: PagePath): void;
  missed(page: PagePath): void;
}

export interface MiddlewareParts extends MissParts {
  readonly gate: RequestGate;
  readonly server: PageServer;
  readonly metrics: Metrics;
  /** Finds what requests have chosen. */
  readonly variants: Variants;
  /** Counts what visitors get. `undefined` if hits of nginx are not counted: then all rules are counted together. */
  readonly visits: VisitCounts | undefined;
  /** Called for each page that is sent, if that decides which pages are kept. */
  readonly onHit: ((host: string, path: string) => void) | undefined;
  readonly orders: Orders;
  /** How often a page must be requested before it is stored. */
  readonly storeAfter: (decoded: string) => number;
  /** With several hosts: whether this one may answer with pages now. */
  readonly mayServe: (() => boolean) | undefined;
  /** The routes that the app has declared for exports. */
  readonly declaredRoutes: () => readonly unknown[];
  /** Reports what an administrator should fix. May be called with every request. */
  readonly onNotice: (reason: Reason, fields: object) => void;
  /** Whether a request is for this package, which reports its changes itself. */
  readonly isOurs: (request: IncomingMessage) => boolean;
  /** Invalidates what an unsafe request has made out of date; returns `undefined` if that is nothing. */
  readonly onUnsafe: (request: RequestView, ...head: Parameters<BeforeHead>) => ReturnType<BeforeHead>;
}

/** The steps of a request: an order of our own, the gate, a hit, the wait for the same page, a miss. */
export function createMiddleware(parts: MiddlewareParts): Middleware {
  const journey = new Journey(parts);
  // Stored on the request itself: a set of all requests is work for every garbage collection.
  const seen = Symbol('staticgenerator.seen');
  return (request: IncomingMessage & { [seen]?: true }, response, next) => {
    // Earlier code has answered. The app must find out that nothing can be added.
    if (response.headersSent) return next();
    // Mounted twice, or in an app that dispatches a request again: the request must not wait for itself.
    if (request[seen] === true) return next();
    request[seen] = true;
    journey.begin({ request, response, next });
  };
}

const never = () => false;
const bypassCount = textOfReason((reason) => `bypass:${reason}`);
const refusedCount = textOfReason((reason) => `refused:${reason}`);

class Journey {
  readonly #parts: MiddlewareParts;
  readonly #misses: Misses;
  readonly #coalescer = new Coalescer();
  readonly #asked = new AskedPages();

  constructor(parts: MiddlewareParts) {
    this.#parts = parts;
    this.#misses = new Misses(parts);
  }

  begin(plain: Visit): void {
    const visit = this.#parts.variants.begin(plain);
    const order = this.#parts.orders.get(visit.request);
    // Statements about one of many pages must not count for the others: a skipped page makes an export fail.
    if (order !== undefined) this.#parts.contexts.follow();
    if (order?.kind === 'render-only') this.#renderOnly(visit, order);
    else if (order?.kind === 'tell-routes') this.#tellRoutes(visit, order);
    else this.#judge(visit, order?.tell);
  }

  /** Calls `order` with the render. Without an order, the request is a visitor's. */
  #judge(visit: Visit, order: RenderOrder | undefined): void {
    const view = viewOf(visit);
    const decision = this.#parts.gate(view);
    this.#parts.nginx.saw(fingerprintIn(view));
    if (decision.outcome === 'bypass') {
      order?.(Promise.resolve({ refusal: refuse(decision.reason) }), never);
      this.#bypass(visit, view, decision);
    } else if (order === undefined) this.#answer(visit, decision);
    else this.#misses.render(visit, decision, { order, isVisit: false });
  }

  /** No page may answer this request; but it may make pages out of date. */
  #bypass(visit: Visit, view: RequestView, { reason, variants }: Bypass): void {
    const { request, response } = visit;
    const { onNotice, onUnsafe, isOurs } = this.#parts;
    if (reason === 'host') onNotice('host', { host: view.headers.host });
    // Only when the request is answered is it known whether it was for this package.
    if (isUnsafe(view.method))
      holdResponse(response, (...head) => (isOurs(request) ? undefined : onUnsafe(view, ...head)));
    this.#pass(visit, reason, variants);
  }

  #pass(visit: Visit, reason: RequestReason, variants: Bypass['variants']): void {
    tellOf(visit, variants);
    this.#passAs(visit, bypassCount(reason), bypassStatus(reason));
  }

  /** As {@link #pass}, for a page that is not stored, and that this request is not to store. */
  #passUnseen(visit: Visit, { variants }: PageRequest, reason: CaptureReason): void {
    tellOf(visit, variants);
    this.#passAs(visit, refusedCount(reason), missStatus(reason));
  }

  /** Lets the app answer, and makes no page of the response. */
  #passAs({ response, next }: Visit, count: string, status: string): void {
    const { contexts, metrics, cookies, includes } = this.#parts;
    metrics.count(count);
    cookies.watch(response);
    setCacheStatus(response, status);
    contexts.runAside(next, includes?.put(response));
  }

  /** Answers with a hit, or with a miss. Of several misses, only the first renders. */
  #answer(visit: Visit, decision: PageRequest, patience?: number): void {
    if (this.#parts.mayServe?.() === false) {
      this.#pass(visit, 'no-term', decision.variants);
      return;
    }
    const key = keyOf(decision);
    // Another process may have stored the page meanwhile. For a moment, its visitors here get renders of their own.
    if (this.#coalescer.isHopeless(key)) {
      this.#missed(decision);
      this.#passUnseen(visit, decision, 'refused-before');
      return;
    }
    const served = this.#serve(visit, decision);
    if (served === 'no-page') {
      this.#miss(visit, decision, { key, patience: patience ?? endOfWait() });
      return;
    }
    this.#coalescer.found(key);
    if (served === 'hit') this.#hit(decision);
    else {
      const captureRefusal = decision.captureRefusal ?? 'audience';
      this.#missed(decision);
      this.#misses.render(visit, { ...decision, captureRefusal }, { order: () => undefined, isVisit: true });
    }
  }

  #hit({ host, page }: PageRequest): void {
    this.#parts.metrics.count('hit');
    this.#parts.onHit?.(host, page.path);
    this.#parts.visits?.served(page);
  }

  #missed({ page }: PageRequest): void {
    this.#parts.metrics.missed();
    this.#parts.visits?.missed(page);
  }

  /** Serves a hit, if there is one. A page that cannot be read is a miss. */
  #serve({ request, response }: Visit, decision: PageRequest): Served {
    try {
      return this.#parts.server.serve(decision, request, response);
    } catch (error) {
      if (response.headersSent) throw error;
      this.#parts.writer.unreadable(decision, error);
      return 'no-page';
    }
  }

  /** Waits for another request's render until `patience` ends (see {@link endOfWait}), or renders. */
  #miss(
    visit: Visit,
    decision: PageRequest,
    { key, patience }: { readonly key: string; readonly patience: number },
  ): void {
    const { request, response, next } = visit;
    const wait = this.#coalescer.follow(key, patience);
    if (wait === undefined) {
      this.#lead(visit, decision, key);
      return;
    }
    wait
      .then((end) => {
        // The client may have left meanwhile. Then there is no one to answer.
        if (response.closed || socketOf(request)?.destroyed === true) return;
        if (end === 'look-again') this.#answer(visit, decision, patience);
        else this.#lead(visit, decision, key);
      })
      .catch(next);
  }

  /** Renders the page. Other requests wait for the render only if it may store the page. */
  #lead(visit: Visit, decision: PageRequest, key: string): void {
    this.#missed(decision);
    const times = this.#parts.storeAfter(decision.page.decoded);
    if (decision.captureRefusal === undefined && !this.#asked.isOften(key, times)) {
      this.#passUnseen(visit, decision, 'asked-rarely');
      return;
    }
    const lead: RenderOrder = (outcome, isVoid) => {
      if (decision.captureRefusal === undefined) this.#coalescer.lead(key, outcome, isVoid);
    };
    this.#misses.render(visit, decision, { order: lead, isVisit: true });
  }

  /** Lets the app alone answer, whatever the gate says of the request: we add nothing to its head. */
  #renderOnly(
    { response, next }: Visit,
    { tell, marksIslands }: Extract<Order, { kind: 'render-only' }>,
  ): void {
    const { contexts, includes } = this.#parts;
    const context = contexts.begin(undefined, marksIslands ? includes?.mark() : undefined);
    response.once('close', () => contexts.end(context));
    tell(context);
    contexts.run(context, next);
  }

  #tellRoutes({ response }: Visit, { tell }: Extract<Order, { kind: 'tell-routes' }>): void {
    tell(this.#parts.declaredRoutes());
    response.writeHead(204).end();
  }
}

function keyOf({ host, page }: PageRequest): string {
  return `${host}${page.path}`;
}
