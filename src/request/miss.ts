import type { IncomingMessage } from 'node:http';
import type { Lease, Ledger } from '../ledger/ledger.js';
import { urlOf } from '../page/layout.js';
import { type Reason, type Refusal, refuse } from '../page/reasons.js';
import { type Asker, askerOf } from '../page/request/audience.js';
import type { PageRequest } from '../page/request/gate.js';
import type { SentRequest } from '../page/request/sent-values.js';
import type { HeaderValues } from '../page/response/headers.js';
import { decideResponse, type ResponseHead, type ResponseRuleOptions } from '../page/response/rules.js';
import { watchForVoid } from './again/coalesce.js';
import { missStatus, setCacheStatus } from './cache-status.js';
import { routeOf } from './context/route-models.js';
import type { Includes } from './includes/includes.js';
import { takeConditions } from './inputs/conditions.js';
import type { CookieWatch } from './inputs/cookie-watch.js';
import { NobodysRequest } from './inputs/nobodys-request.js';
import type { WatchedRequest } from './inputs/observed-request.js';
import type { ReadWatch } from './inputs/read-watch.js';
import type { NginxWatch } from './nginx-watch.js';
import type { RenderOrder } from './order.js';
import type { PageWriter, Render } from './page/writer.js';
import type { RenderContext, RenderContexts } from './render-context.js';
import { type CaptureOptions, captureResponse } from './response/capture.js';
import type { CdnCopies, CdnCopy } from './response/cdn-copies.js';
import { ignoresCase, isEncrypted, socketOf, tellOf, type Visit } from './visit.js';

export interface MissParts {
  readonly ledger: Pick<Ledger, 'lease' | 'isVoid'>;
  readonly writer: PageWriter;
  readonly contexts: RenderContexts;
  readonly nginx: NginxWatch;
  readonly rules: ResponseRuleOptions;
  readonly reads: ReadWatch;
  readonly cookies: CookieWatch;
  /** Whether a decoded path is another spelling of a page's: see `isOtherSpelling`. */
  readonly isOtherSpelling: (decoded: string) => boolean;
  /** Whether a path and a query, with its `?`, are those of a page. */
  readonly isPageQuery: SentRequest['isPageQuery'];
  readonly maxBodyBytes: number;
  /** What a CDN gets of renders. `undefined` if the site has no CDN. */
  readonly copies: CdnCopies | undefined;
  /** `undefined` if no island is put into a page. */
  readonly includes: Includes | undefined;
}

/** What is needed to judge one render. */
interface Judging {
  readonly decision: PageRequest;
  readonly context: RenderContext;
  readonly request: IncomingMessage;
  readonly watched: WatchedRequest;
  readonly chosen: Visit['chosen'];
  readonly asker: Asker;
  /** Gives the request back as it came. What is read afterwards does not count. */
  readonly release: () => void;
}

/** The body before the app has sent one. */
const NO_BODY = Buffer.alloc(0);

/** How a response is captured, whom it is for, and what the CDN gets of it. */
interface Judged extends CaptureOptions {
  readonly audienceOf: Render['audienceOf'];
  readonly copy?: CdnCopy;
}

/** Who has asked for a render: a visitor, unless it was ordered. */
export interface Asked {
  readonly order: RenderOrder;
  readonly isVisit: boolean;
}

/** Lets the app render pages, and gives their responses to the writer. */
export class Misses {
  readonly #parts: MissParts;

  constructor(parts: MissParts) {
    this.#parts = parts;
  }

  /** Takes the lease, and calls `order` with the render, before any code of the application runs. */
  render(visit: Visit, decision: PageRequest, { order, isVisit }: Asked): void {
    const { writer, contexts, nginx, reads, cookies } = this.#parts;
    const { request, response, chosen } = visit;
    cookies.watch(response);
    const lease = this.#takeLease(decision);
    if ('refusal' in lease) {
      order(Promise.resolve(lease), () => false);
      this.#renderAside(visit, decision, lease.refusal.reason);
      return;
    }
    const context = contexts.begin(lease, this.#parts.includes?.of(response, isVisit));
    const conditions = takeConditions(request);
    const watched = decision.isForNobody ? new NobodysRequest(request) : reads.watch(request, response);
    const sent = { ...sentBy(request, watched, decision.page), isPageQuery: this.#parts.isPageQuery };
    const asker = askerOf({ headers: watched.headers, isEncrypted: isEncrypted(request) });
    const release = () => {
      watched.stop();
      conditions?.restore();
    };
    const judged = this.#judge({ decision, context, request, watched, chosen, release, asker });
    const isVisitorUpToDate =
      conditions &&
      ((headers: HeaderValues) => context.includes?.isUsed !== true && conditions.isMet(headers));
    const captured = captureResponse(response, { ...judged, isVisitorUpToDate });
    tellOf(visit, decision.variants);
    void captured.then(() => {
      release();
      contexts.end(context);
    });
    const begun = { startedAt: performance.now(), nginxOutdated: nginx.isOutdated() };
    const isVoid = this.#watchForVoid(decision, lease, context);
    const isDecidedByAccept = () => watched.isDecidedByAccept;
    const looked = { asker, isVisit, audienceOf: judged.audienceOf, isDecidedByAccept };
    const rendering = { request: decision, lease, context, ...begun, sent, ...looked };
    const finished = writer.finish(rendering, captured);
    void finished.then((outcome) => judged.copy?.ended(outcome));
    order(finished, isVoid);
    contexts.run(context, visit.next);
  }

  /** Lets the app answer without making a page. */
  #renderAside(visit: Visit, decision: PageRequest, reason: Reason): void {
    if (reason === 'head') this.#answerHead(visit, decision);
    else {
      tellOf(visit, decision.variants);
      setCacheStatus(visit.response, missStatus(reason));
      this.#parts.contexts.runAside(visit.next, this.#parts.includes?.put(visit.response));
    }
  }

  /** Answers with the head of the GET, and with what the middleware would add to it (RFC 9110 §9.3.2). */
  #answerHead(visit: Visit, decision: PageRequest): void {
    const { request, response, next, chosen } = visit;
    const { contexts, reads } = this.#parts;
    const context = contexts.begin(undefined, this.#parts.includes?.put(response));
    const watched = reads.watch(request, response);
    const release = () => watched.stop();
    const asker = askerOf(watched);
    const judged = this.#judge({ decision, request, context, watched, chosen, release, asker });
    void captureResponse(response, { ...judged, headOnly: 'head' }).then(() => {
      release();
      contexts.end(context);
    });
    tellOf(visit, decision.variants);
    contexts.run(context, next);
  }

  /** Judges by what the page is known to depend on: when the head leaves, and again at the end. */
  #judge({ decision: rendered, context, request, watched, chosen, release, asker }: Judging): Judged {
    const { page, isForNobody, variants } = rendered;
    const { contexts, reads, rules, maxBodyBytes, isOtherSpelling } = this.#parts;
    const copy = this.#copyOf(rendered, request);
    const refuseReads = () => reads.refuse(watched, page.path);
    const audienceOf: Render['audienceOf'] = (made) => {
      const audience = reads.audienceOf({ request: watched, asker, isForNobody }, made);
      if (audience !== undefined || context.includes?.isUsed) copy?.isForSome();
      return audience;
    };
    const decide: CaptureOptions['decide'] = (head) => {
      if (context.refusal !== undefined) return { refusal: context.refusal };
      if (isOtherSpelling(page.decoded) && ignoresCase(request)) return { refusal: refuse('case') };
      const headers = copy?.withHeaders(head.headers) ?? head.headers;
      const asked = { accept: asker.accept, ...variedBy(rendered) };
      const decision = decideResponse(page, { ...head, headers, ...asked }, rules);
      const refusal = 'store' in decision ? (refuseReads() ?? chosen?.refuse(variants)) : undefined;
      if (refusal !== undefined) return { refusal };
      if (copy && 'store' in decision) audienceOf({ headers: decision.store.headers, body: NO_BODY });
      return decision;
    };
    return {
      ...(copy === undefined ? {} : { copy, headersForCdn: () => copy.headers() }),
      audienceOf,
      maxBodyBytes,
      decide: (head) => {
        contexts.writes(context);
        const decision = decide(head);
        // The end of a response that is not stored is not reported in time.
        if ('refusal' in decision) release();
        return decision;
      },
      conclude: () => {
        release();
        contexts.writes(context);
        const refusal = refuseReads() ?? chosen?.conclude(variants);
        return refusal ?? contexts.conclude(context, { path: page.path, route: routeOf(request) });
      },
    };
  }

  /** A CDN may give one variant to a visitor who has chosen another, so it gets no variants. */
  #copyOf({ host, page, variants }: PageRequest, { method }: IncomingMessage): CdnCopy | undefined {
    const copy = this.#parts.copies?.of({ host, path: urlOf(page.path) }, { isHead: method === 'HEAD' });
    if (variants !== undefined) copy?.isForSome();
    return copy;
  }

  /** Watches for an invalidation of the render. If the ledger cannot be read, no request waits for the render. */
  #watchForVoid(decision: PageRequest, lease: Lease, { tags }: RenderContext): () => boolean {
    const { ledger, writer } = this.#parts;
    const { path, decoded } = decision.page;
    const isVoid = watchForVoid({ ledger, lease, page: { host: decision.host, path, decoded, tags } });
    return () => {
      try {
        return isVoid();
      } catch (error) {
        writer.fault(decision, error);
        return true;
      }
    };
  }

  /** Returns the right to store the page, or why there is none. A ledger that cannot be read does no other harm. */
  #takeLease(decision: PageRequest): Lease | { readonly refusal: Refusal } {
    const { writer, ledger } = this.#parts;
    if (decision.captureRefusal !== undefined)
      return writer.refused(decision, refuse(decision.captureRefusal));
    if (writer.isResting(decision)) return { refusal: refuse('fault', 'a fault came before') };
    try {
      return ledger.lease();
    } catch (error) {
      return writer.fault(decision, error);
    }
  }
}

function sentBy(
  request: IncomingMessage,
  { headers }: WatchedRequest,
  { path }: PageRequest['page'],
): SentRequest {
  return { headers, path, address: socketOf(request)?.remoteAddress };
}

/** The headers by which a response may vary if the page has variants, and the language of its variant. */
function variedBy({ page, variants }: PageRequest): Pick<ResponseHead, 'choosing' | 'language'> {
  return { choosing: variants?.headers ?? [], language: variants?.languageOf(page.variant ?? '') };
}
