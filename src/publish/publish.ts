import type { IncomingMessage, RequestListener } from 'node:http';
import { messageOf, StaticGeneratorError } from '../errors.js';
import { type Reason, refuse } from '../page/reasons.js';
import { describeSelector, type Selector } from '../page/selector.js';
import type { RenderOrder } from '../request/middleware.js';
import type { RenderOutcome, Stored } from '../request/page-writer.js';
import { renderPath } from './render.js';

/** A page that was to be published and is not stored, and why. */
export interface PublishRefusal {
  readonly path: string;
  readonly reason: Reason;
  readonly detail?: string;
}

/** What a publication did. */
export interface PublishReport {
  readonly stored: readonly Stored[];
  readonly refused: readonly PublishRefusal[];
}

export interface PublisherParts {
  /** Appends paths to the log, so that renders from before are void; the pages themselves stay. */
  readonly voidRenders: (selectors: readonly Selector[]) => Promise<void>;
  /** The host of synthetic requests where a target names none. */
  readonly host: string;
}

/** Renders of one publication at a time: enough to overlap the waits of handlers. */
const CONCURRENCY = 4;
const TIMEOUT_MS = 30_000;
/** A page that is invalidated while it is rendered is rendered again, this often. */
const MAX_RENDERS = 5;

/** Makes pages ahead of their first visitor, by the same road as a visitor's request. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #orders = new WeakMap<IncomingMessage, RenderOrder>();
  #listener: RequestListener | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Sets what synthetic requests are sent to. */
  attach(listener: RequestListener): void {
    this.#listener = listener;
  }

  /** The order that a request was made for, if it was made here. */
  get(request: IncomingMessage): RenderOrder | undefined {
    return this.#orders.get(request);
  }

  /** Renders pages and stores those that may be stored. Rejects on a target that names no page, before any render. */
  async publish(selectors: readonly Selector[]): Promise<PublishReport> {
    this.assertAttached();
    const pages = selectors.map(asPath);
    await this.#parts.voidRenders(pages);
    const outcomes = await this.renderAll(pages);
    const stored = outcomes.flatMap((outcome) => ('stored' in outcome ? [outcome.stored] : []));
    const refused = outcomes.flatMap((outcome, index) =>
      'refusal' in outcome ? [{ path: pages[index]?.value ?? '', ...outcome.refusal }] : [],
    );
    return { stored, refused };
  }

  /**
   * What becomes of each page, in their order; a few are rendered at a time. Older renders of them have been voided: a
   * slow one must not replace what is rendered here.
   */
  async renderAll(pages: readonly PathSelector[]): Promise<readonly RenderOutcome[]> {
    const listener = this.assertAttached();
    const outcomes: RenderOutcome[] = [];
    const queue = pages.entries();
    const work = async () => {
      for (const [index, page] of queue) outcomes[index] = await this.#render(listener, page);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return outcomes;
  }

  /** What renders; throws `ERR_NOT_ATTACHED` if there is nothing. */
  assertAttached(): RequestListener {
    if (this.#listener !== undefined) return this.#listener;
    throw new StaticGeneratorError(
      'ERR_NOT_ATTACHED',
      'There is no app to render with: call attach(app) first',
    );
  }

  async #render(listener: RequestListener, selector: PathSelector): Promise<RenderOutcome> {
    let outcome: RenderOutcome = { refusal: refuse('not-reached') };
    for (let renders = 0; renders < MAX_RENDERS; renders += 1) {
      outcome = await this.#renderOnce(listener, selector);
      if ('stored' in outcome || outcome.refusal.reason !== 'voided') break;
    }
    return outcome;
  }

  async #renderOnce(
    listener: RequestListener,
    { value: path, host = this.#parts.host }: PathSelector,
  ): Promise<RenderOutcome> {
    const outcomes: Promise<RenderOutcome>[] = [];
    try {
      await renderPath(listener, {
        path,
        host,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        onRequest: (request) => this.#orders.set(request, (outcome) => outcomes.push(outcome)),
      });
    } catch (error) {
      return { refusal: refuse('render-failed', messageOf(error)) };
    }
    return (await outcomes[0]) ?? { refusal: refuse('not-reached') };
  }
}

/** One page by its path. */
export type PathSelector = Extract<Selector, { kind: 'path' }>;

function asPath(selector: Selector): PathSelector {
  if (selector.kind === 'path') return selector;
  const target = describeSelector(selector);
  throw new StaticGeneratorError(
    'ERR_BAD_TARGET',
    `Cannot publish ${target}: expected pages by path, URL or object`,
    { fields: { target } },
  );
}
