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

/** Counts by rule. */
export interface VisitCounts {
  served(page: PagePath): void;
  missed(page: PagePath): void;
}

export interface MiddlewareParts extends MissParts {
  readonly gate: RequestGate;
  readonly server: PageServer;
  readonly metrics: Metrics;
  /** What requests have chosen. */
  readonly variants: Variants;
  /** Told of what visitors get. Undefined: where hits of nginx are not counted, these are counted together. */
  readonly visits: VisitCounts | undefined;
  /** Told of each page that is sent, where that decides which are kept. */
  readonly onHit: ((host: string, path: string) => void) | undefined;
  readonly orders: Orders;
  /** How often a page has to be asked for before it is stored. */
  readonly storeAfter: (decoded: string) => number;
  /** With several hosts: whether this one may answer with pages just now. */
  readonly mayServe: (() => boolean) | undefined;
  /** What the app has declared for exports. */
  readonly declaredRoutes: () => readonly unknown[];
  /** Told of what an administrator should mend; may be told of it with every request. */
  readonly onNotice: (reason: Reason, fields: object) => void;
  /** Whether a request is for this package, which says itself what it changes. */
  readonly isOurs: (request: IncomingMessage) => boolean;
  /** Invalidates what an unsafe request has made out of date; undefined if that is nothing. */
  readonly onUnsafe: (request: RequestView, ...head: Parameters<BeforeHead>) => ReturnType<BeforeHead>;
}

/** The journey of a request, in order: an order of our own, gate, hit, wait for the same page, miss. */
export function createMiddleware(parts: MiddlewareParts): Middleware {
  const journey = new Journey(parts);
  // On the request itself: a set of all requests is work for every garbage collection.
  const seen = Symbol('staticgenerator.seen');
  return (request: IncomingMessage & { [seen]?: true }, response, next) => {
    // Somebody before has answered: it is for the app to see that nothing can be added.
    if (response.headersSent) return next();
    // Mounted twice, or in an app that dispatches a request again: it must not wait for itself.
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
    // What one of many pages says of itself must not be taken for what the others say: an export fails for a page that is skipped.
    if (order !== undefined) this.#parts.contexts.follow();
    if (order?.kind === 'render-only') this.#renderOnly(visit, order);
    else if (order?.kind === 'tell-routes') this.#tellRoutes(visit, order);
    else this.#judge(visit, order?.tell);
  }

  /** `order` is told of the render; without one the request is a visitor's. */
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

  /** Pages are not for this request; but it may put some out of date. */
  #bypass(visit: Visit, view: RequestView, { reason, variants }: Bypass): void {
    const { request, response } = visit;
    const { onNotice, onUnsafe, isOurs } = this.#parts;
    if (reason === 'host') onNotice('host', { host: view.headers.host });
    // Only when it is answered is it known whom it was for.
    if (isUnsafe(view.method))
      holdResponse(response, (...head) => (isOurs(request) ? undefined : onUnsafe(view, ...head)));
    this.#pass(visit, reason, variants);
  }

  #pass(visit: Visit, reason: RequestReason, variants: Bypass['variants']): void {
    tellOf(visit, variants);
    this.#passAs(visit, bypassCount(reason), bypassStatus(reason));
  }

  /** As {@link #pass}, for a page that is not there, and that this request is not to make. */
  #passUnseen(visit: Visit, { variants }: PageRequest, reason: CaptureReason): void {
    tellOf(visit, variants);
    this.#passAs(visit, refusedCount(reason), missStatus(reason));
  }

  /** The answer of the app, of which nobody makes a page. */
  #passAs({ response, next }: Visit, count: string, status: string): void {
    const { contexts, metrics, cookies, includes } = this.#parts;
    metrics.count(count);
    cookies.watch(response);
    setCacheStatus(response, status);
    contexts.runAside(next, includes?.put(response));
  }

  /** A hit, or a miss that only the first of several renders. */
  #answer(visit: Visit, decision: PageRequest, patience?: number): void {
    if (this.#parts.mayServe?.() === false) {
      this.#pass(visit, 'no-term', decision.variants);
      return;
    }
    const key = keyOf(decision);
    // Another process may have stored it meanwhile: its visitors get a render of their own, for a moment.
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

  /** A hit, if there is one; a page that cannot be read is a miss. */
  #serve({ request, response }: Visit, decision: PageRequest): Served {
    try {
      return this.#parts.server.serve(decision, request, response);
    } catch (error) {
      if (response.headersSent) throw error;
      this.#parts.writer.unreadable(decision, error);
      return 'no-page';
    }
  }

  /** Waits for the render of another, until `patience` ends (see {@link endOfWait}), or renders. */
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
        // The client may have left meanwhile; nobody is there to be answered.
        if (response.closed || socketOf(request)?.destroyed === true) return;
        if (end === 'look-again') this.#answer(visit, decision, patience);
        else this.#lead(visit, decision, key);
      })
      .catch(next);
  }

  /** Renders; others wait for it only if it may make the page. */
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

  /** The answer of the app alone, whatever the gate says of the request: its head gets nothing of ours. */
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
