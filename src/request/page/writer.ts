import { messageOf, systemErrorCode } from '../../errors.js';
import { decode } from '../../files/compress.js';
import type { Lease, PageEntry } from '../../ledger/ledger.js';
import type { Logger } from '../../log.js';
import type { Metrics } from '../../metrics.js';
import type { PagePath } from '../../page/layout.js';
import { explainReason, type Refusal, refuse } from '../../page/reasons.js';
import { type Asker, type Audience, isNavigation } from '../../page/request/audience.js';
import type { PageRequest } from '../../page/request/gate.js';
import type { SentRequest } from '../../page/request/sent-values.js';
import { forbidsTransforming } from '../../page/response/headers.js';
import { findMarker } from '../../page/response/markers.js';
import type { Storable } from '../../page/response/rules.js';
import type { PageTypes } from '../../page/response/types.js';
import { compileSelector } from '../../page/selector.js';
import { contentHash } from '../../store/content-hash.js';
import type { PageStore } from '../../store/page-store.js';
import { StoringFaults } from '../again/storing-faults.js';
import { HeaderAdvice } from '../header-advice.js';
import { storedContent } from '../includes/stored-content.js';
import type { Contradictions, Rendering } from '../inputs/contradictions.js';
import type { EchoWatch } from '../inputs/echo-watch.js';
import type { ReadPage } from '../inputs/read-watch.js';
import type { RenderContext } from '../render-context.js';
import type { CapturedResponse } from '../response/capture.js';
import { pageEntry } from './entry.js';
import { PagePlacer, type PagePlacerParts, type Placed } from './placer.js';

/** A page that was stored. */
export interface Stored {
  readonly path: string;
  readonly file: string;
  readonly bytes: number;
}

/** What became of a render. */
export type RenderOutcome = { readonly stored: Stored } | { readonly refusal: Refusal };

/** One render: which page, and the right to store it. */
export interface Render {
  readonly request: PageRequest;
  readonly lease: Lease;
  /** Whether the nginx in front has an outdated configuration, so that it must not find the page. */
  readonly nginxOutdated: boolean;
  readonly context: RenderContext;
  /** What the request contained before the application ran. */
  readonly sent: SentRequest;
  readonly asker: Asker;
  /** Whether the request came from a visitor. */
  readonly isVisit: boolean;
  /** Whether the app has read Accept, and not only to choose the body of a redirect. */
  readonly isDecidedByAccept: () => boolean;
  /** Returns whom the page is for, when the response has ended; `undefined` if it is for everybody. */
  readonly audienceOf: (page: ReadPage) => Audience | undefined;
  /** `performance.now()` when the render began. */
  readonly startedAt: number;
}

export interface PageWriterParts extends PagePlacerParts {
  readonly store: PagePlacerParts['store'] & Pick<PageStore, 'stage' | 'discard' | 'nodeOnlyFile'>;
  readonly maxBodyBytes: number;
  readonly bodyMarkers: readonly string[];
  readonly types: PageTypes;
  readonly echoes: EchoWatch;
  readonly contradictions: Contradictions;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called after a page was stored. `isVisit`: whether a visitor had requested it. */
  readonly onStored: (page: PagePath, isVisit: boolean) => void;
}

/** Stores pages. Every render ends here, whatever it was made for. */
export class PageWriter {
  readonly #parts: PageWriterParts;
  readonly #faults: StoringFaults;
  readonly #advice: HeaderAdvice;
  readonly #placer: PagePlacer;
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(parts: PageWriterParts) {
    this.#parts = parts;
    this.#faults = new StoringFaults(parts.logger);
    this.#advice = new HeaderAdvice(parts.logger);
    this.#placer = new PagePlacer(parts);
  }

  /** Waits for the end of the response and stores it, unless something speaks against it. Never rejects. */
  async finish(render: Render, captured: Promise<CapturedResponse | Refusal>): Promise<RenderOutcome> {
    const response = await captured;
    const { host, page } = render.request;
    this.#parts.metrics.rendered({ host, path: page.path }, performance.now() - render.startedAt);
    if ('reason' in response) return this.#noPage(render, response);
    if (render.context.refusal !== undefined) return this.refused(render.request, render.context.refusal);
    if (this.#closed) return this.refused(render.request, refuse('closed'));
    const work = this.#store(render, response).catch((error) => this.fault(render.request, error));
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /** Notes what a visitor got instead of a page: others may get it too, unless a page would not suit this visitor. */
  #noPage(render: Render, refusal: Refusal): { readonly refusal: Refusal } {
    const { contradictions } = this.#parts;
    const tells = contradictions.tellingOf(refusal);
    if (tells !== undefined && render.isVisit && isAsOthers(render)) {
      const { scheme } = render.audienceOf({ headers: [], body: Buffer.alloc(0) }) ?? {};
      contradictions.note(renderingOf(render), tells, scheme);
    }
    return this.refused(render.request, refusal);
  }

  /** Waits for the pages that are being written; renders that end later are not stored. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#underWay);
  }

  /** Reports why a page was not stored. */
  refused(request: PageRequest, refusal: Refusal): { readonly refusal: Refusal } {
    const { reason, detail } = refusal;
    const { host, page } = request;
    this.#parts.metrics.refuse({ host, path: page.path, reason, detail, at: Date.now() });
    this.#parts.logger.debug({ path: page.path, reason, detail }, `not stored: ${explainReason(reason)}`);
    return { refusal };
  }

  /** Whether a fault was met just now: storing this page pauses, and is not tried with every request. */
  isResting({ page }: PageRequest): boolean {
    return this.#faults.isResting(page.path);
  }

  /** Reports a page that is stored and cannot be read; its visitor gets a render instead. */
  unreadable({ page }: PageRequest, error: unknown): void {
    this.#faults.unreadable(page.path, error);
  }

  /** Reports an error of our own, which no visitor may notice. */
  fault(request: PageRequest, error: unknown): { readonly refusal: Refusal } {
    this.#faults.met(request.page.path, error);
    const refusal = refuse('fault', messageOf(error));
    const { host, page } = request;
    this.#parts.metrics.refuse({ host, path: page.path, ...refusal, detail: refusal.detail, at: Date.now() });
    return { refusal };
  }

  async #store(render: Render, { body: sent, store }: CapturedResponse): Promise<RenderOutcome> {
    const { page } = render.request;
    const decoded = store.coding === undefined ? sent : await this.#decode(sent, store.coding);
    if (decoded === undefined)
      return this.refused(render.request, refuse('content-encoding', `the body is not ${store.coding}`));
    const { types } = this.#parts;
    const content = storedContent(render.context.includes, decoded, { page, store, types });
    const refusal = 'reason' in content ? content : this.#refuseContent(render, content.body, store);
    if ('reason' in content || refusal !== undefined)
      return this.refused(render.request, refusal ?? refuse('include'));
    const { body, suffix } = content;
    // A page with includes has no codings, because they would not contain what is put in.
    const isCoded = suffix === '' && !forbidsTransforming(store.headers);
    const hash = contentHash(body);
    const staged = await this.#parts.store.stage(body, hash, isCoded ? store.contentType : undefined);
    const nodeOnlyFile = () => this.#parts.store.nodeOnlyFile();
    const entry = pageEntry(render, { content, store, staged, hash, nodeOnlyFile });
    const { audience } = entry;
    let placement: Placed | undefined;
    try {
      if (entry.headers !== undefined) this.#advice.give(entry.path, store, audience);
      placement = await this.#placer.place(entry, render.context.olderLease ?? render.lease, staged);
    } finally {
      // A page that was placed has left no temporary files.
      if (placement !== 'placed') {
        await this.#parts.store.discard(staged);
      }
    }
    const report = this.#report(render, entry, placement);
    const isBack =
      placement === 'placed' && (await this.#parts.contradictions.removeIfContradicted(renderingOf(render)));
    return isBack ? { refusal: refuse('contradicts') } : report;
  }

  /** Refuses a body that reveals something about its visitor, or that contradicts what others got. */
  #refuseContent(render: Render, body: Buffer, { headers }: Storable): Refusal | undefined {
    const marker = findMarker(body, this.#parts.bodyMarkers);
    if (marker !== undefined) return refuse('body-marker', marker);
    const { echoes, contradictions } = this.#parts;
    return echoes.refuse(render.sent, body, headers) ?? contradictions.refuse(renderingOf(render));
  }

  async #decode(
    body: Buffer,
    coding: NonNullable<CapturedResponse['store']['coding']>,
  ): Promise<Buffer | undefined> {
    try {
      return await decode(body, coding, this.#parts.maxBodyBytes);
    } catch (error) {
      const code = systemErrorCode(error) ?? '';
      if (code.startsWith('Z_') || code.startsWith('ERR_')) return undefined;
      throw error;
    }
  }

  #report(render: Render, entry: PageEntry, placement: Placed): RenderOutcome {
    if (typeof placement === 'object') return this.refused(render.request, placement);
    if (placement !== 'placed') return this.refused(render.request, refuse(whyVoid(entry, render)));
    const { file, path, bytes } = entry;
    const milliseconds = Math.round(performance.now() - render.startedAt);
    this.#faults.stored(path);
    this.#parts.metrics.count('stored');
    this.#parts.logger.info({ path, file, bytes, ms: milliseconds, tags: entry.tags.size }, 'page stored');
    this.#parts.onStored(render.request.page, render.isVisit);
    return { stored: { path, file, bytes } };
  }
}

/** Whether the response does not depend on an Accept that no browser sends. */
function isAsOthers({ asker, isDecidedByAccept }: Render): boolean {
  return !isDecidedByAccept() || isNavigation(asker.accept);
}

function renderingOf({ request: { host, page }, lease, context, asker }: Render): Rendering {
  const { path, decoded } = page;
  return { page: { host, path, decoded, tags: context.tags }, lease, scheme: asker.scheme };
}

function whyVoid(entry: PageEntry, { context }: Render): 'changes-itself' | 'voided' {
  const isOwn = context.changes.some((selector) => compileSelector(selector)(entry));
  return isOwn ? 'changes-itself' : 'voided';
}
