import type { IncomingMessage, RequestListener } from 'node:http';
import { mapConcurrently } from '../concurrency.js';
import { messageOf, StaticGeneratorError } from '../errors.js';
import type { RemovedPage } from '../ledger/ledger.js';
import { urlOf, withoutQuery } from '../page/layout.js';
import { type Reason, refuse } from '../page/reasons.js';
import type { Selector } from '../page/selector.js';
import type { Order } from '../request/order.js';
import type { RenderOutcome, Stored } from '../request/page/writer.js';
import type { RenderContext } from '../request/render-context.js';
import { DEFAULT_CONCURRENCY, type PublishOptions, type RenderOnlyOptions, withUsual } from './options.js';
import { isPath, type PathSelector, pathSelectorOf } from './path-selector.js';
import { assertListener } from './render/attached-app.js';
import { orderOf, placeOrder } from './render/placed-order.js';
import { renderPath, type SyntheticRequest } from './render/render.js';
import type { SyntheticResponse } from './render/response-reader.js';

/** A page that was to be published and is not stored, and why. */
export interface PublishRefusal {
  readonly path: string;
  readonly reason: Reason;
  readonly detail?: string;
}

/** What became of the pages that selectors name. */
export interface Publication {
  readonly stored: readonly Stored[];
  readonly refused: readonly PublishRefusal[];
}

/** What a call of quickPublish did. */
export interface PublishReport extends Publication {
  /** The paths among the targets that cannot be pages, in any spelling: there was nothing to render. */
  readonly notPages: readonly string[];
}

export interface PublisherParts {
  /**
   * Appends selectors to the log, so that older renders are void; the pages themselves stay. Resolves to the stored
   * pages that the selectors match.
   */
  readonly voidRenders: (selectors: readonly Selector[]) => Promise<readonly RemovedPage[]>;
  /** The host of synthetic requests if a target names none. */
  readonly host: string;
  /** Returns the headers that a browser sends for a page. The options of a publication can add others. */
  readonly headersFor: (page: PathSelector) => Readonly<Record<string, string>>;
  /** Returns the path of a page with its default variant, if it has variants and the path names none. */
  readonly defaultVariant: (path: string) => string;
  readonly webRoot: string;
}

/** One rendered page, and the response of the application, if there was one. */
export interface Rendered {
  readonly outcome: RenderOutcome;
  readonly response?: SyntheticResponse;
}

/** One response of the application that was not stored. */
export interface RenderedOnly {
  readonly response: SyntheticResponse;
  /** What the app said of it: its tags, and whether to skip it. `undefined` if the middleware was not reached. */
  readonly context: RenderContext | undefined;
}

/** How several pages are rendered. */
export interface RenderSettings extends PublishOptions {
  /** Called with the number of pages before the first, and again when each page has been rendered. */
  readonly onProgress?: (progress: { readonly total: number; readonly done: number }) => void;
}

/** A page that is invalidated during its render is rendered again, this often in all. */
const MAX_RENDERS = 5;

/** Makes pages before their first visitor comes, in the same way as for a visitor's request. */
export class Publisher {
  readonly #parts: PublisherParts;
  #listener: RequestListener | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Sets the listener for synthetic requests. Throws `ERR_NOT_ATTACHED` if it is no request listener. */
  attach(listener: RequestListener): void {
    assertListener(listener);
    this.#listener = listener;
  }

  /** Returns the order that a request was made for, by this or another instance for the same WEB_ROOT. */
  get(request: IncomingMessage): Order | undefined {
    return orderOf(request, this.#parts.webRoot);
  }

  /**
   * Renders pages and stores those that may be stored. A glob or a tag names the stored pages that it matches. A path
   * also names its stored pages with a query or a variant. When aborted, rejects with the signal's reason; what has
   * been stored by then stays.
   */
  async publish(selectors: readonly Selector[], settings: RenderSettings = {}): Promise<Publication> {
    this.assertAttached();
    settings.signal?.throwIfAborted();
    const pages = await this.#pagesOf(selectors);
    const outcomes = await this.renderAll(pages, settings);
    const stored = outcomes.flatMap((outcome) => ('stored' in outcome ? [outcome.stored] : []));
    const refused = outcomes.flatMap((outcome, index) =>
      'refusal' in outcome ? [{ path: pages[index]?.value ?? '', ...outcome.refusal }] : [],
    );
    return { stored, refused };
  }

  /**
   * Renders pages, a few at a time, and returns what became of each, in their order. Older renders of them have been
   * voided: a slow one must not replace what is rendered here.
   */
  async renderAll(
    pages: readonly PathSelector[],
    settings: RenderSettings = {},
  ): Promise<readonly RenderOutcome[]> {
    const { concurrency = DEFAULT_CONCURRENCY, signal, onProgress } = settings;
    this.assertAttached();
    let done = 0;
    const tell = () => onProgress?.({ total: pages.length, done });
    tell();
    const work = async (page: PathSelector) => {
      const { outcome } = await this.render(page, settings);
      done += 1;
      tell();
      return outcome;
    };
    return await mapConcurrently(pages, work, { concurrency, signal });
  }

  /** Returns the listener. Throws `ERR_NOT_ATTACHED` if there is none. */
  assertAttached(): RequestListener {
    if (this.#listener !== undefined) return this.#listener;
    throw new StaticGeneratorError(
      'ERR_NOT_ATTACHED',
      'There is no app to render with: call attach(app) first',
    );
  }

  /** Renders one page, and stores it if it may be stored. Rejects only when aborted. */
  async render(selector: PathSelector, settings: PublishOptions): Promise<Rendered> {
    let rendered: Rendered = { outcome: { refusal: refuse('not-reached') } };
    for (let renders = 0; renders < MAX_RENDERS; renders += 1) {
      rendered = await this.#renderOnce(selector, settings);
      const { outcome } = rendered;
      if ('stored' in outcome || outcome.refusal.reason !== 'voided') break;
    }
    return rendered;
  }

  /** Returns what the application, or a stored page, answers to a visitor. Rejects as {@link renderPath} does. */
  async visit(selector: PathSelector, settings: PublishOptions): Promise<SyntheticResponse> {
    return await this.#send(selector, settings);
  }

  /**
   * Returns what the application itself answers now: nothing is stored, no stored page is served, and our middleware
   * adds nothing to the head. Any path may be rendered, even one that is no page. Rejects as {@link renderPath} does.
   */
  async renderOnly(selector: PathSelector, settings: RenderOnlyOptions): Promise<RenderedOnly> {
    const contexts: RenderContext[] = [];
    const tell = (context: RenderContext) => void contexts.push(context);
    const order = { kind: 'render-only', tell, marksIslands: settings.marksIslands } as const;
    return { response: await this.#send(selector, settings, { order }), context: contexts[0] };
  }

  /** Returns the routes that the app has declared, in any instance; `undefined` if it was not reached. */
  async declaredRoutes(settings: PublishOptions = {}): Promise<readonly unknown[] | undefined> {
    let declared: readonly unknown[] | undefined;
    const tell = (routes: readonly unknown[]) => {
      declared = routes;
    };
    const order = { kind: 'tell-routes', tell } as const;
    await this.#send({ kind: 'path', value: '/' }, settings, { order }).catch(() => undefined);
    return declared;
  }

  /** Returns what the application throws at a path and leaves to others to answer; `undefined` if it answers itself. */
  async thrownBy(selector: PathSelector, settings: PublishOptions): Promise<unknown> {
    let thrown: unknown;
    const onUnhandled = (error: unknown) => {
      thrown = error;
    };
    const order = { kind: 'render-only', tell: () => undefined } as const;
    await this.#send(selector, settings, { order, onUnhandled }).catch(() => undefined);
    return thrown;
  }

  async #pagesOf(selectors: readonly Selector[]): Promise<readonly PathSelector[]> {
    const { voidRenders, defaultVariant } = this.#parts;
    const named = selectors.filter(isPath);
    const others = selectors.filter((selector) => !isPath(selector));
    const beside = named.length > 0 ? await voidRenders(named) : [];
    const matched = others.length > 0 ? await voidRenders(others) : [];
    const more = beside.filter(({ path }) => path !== withoutQuery(path));
    const first = named.map((page) => ({ ...page, value: defaultVariant(page.value) }));
    const pages = [...first, ...[...more, ...matched].map(pathSelectorOf)];
    return [...new Map(pages.map((page) => [JSON.stringify([page.host, page.value]), page])).values()];
  }

  async #renderOnce(selector: PathSelector, settings: PublishOptions): Promise<Rendered> {
    const outcomes: Promise<RenderOutcome>[] = [];
    const tell = (outcome: Promise<RenderOutcome>) => void outcomes.push(outcome);
    try {
      const response = await this.#send(selector, settings, { order: { kind: 'store', tell } });
      return { outcome: (await outcomes[0]) ?? { refusal: refuse('not-reached') }, response };
    } catch (error) {
      // A page that was complete before the render was broken off is still stored and reported.
      const outcome = await outcomes[0];
      if (outcome !== undefined && 'stored' in outcome) return { outcome };
      settings.signal?.throwIfAborted();
      const cause = error instanceof StaticGeneratorError ? (error.cause ?? error) : error;
      return { outcome: { refusal: refuse('render-failed', messageOf(cause)) } };
    }
  }

  /** Sends one request through the app. An order says what our middleware does with it. */
  async #send(
    page: PathSelector,
    { host: fallback, headers = {}, signal, timeoutMs }: PublishOptions,
    { order, ...told }: Ordered = {},
  ): Promise<SyntheticResponse> {
    const { webRoot, host: usual, headersFor } = this.#parts;
    return await renderPath(this.assertAttached(), {
      ...{ path: urlOf(page.value), host: page.host ?? fallback ?? usual, signal, timeoutMs, ...told },
      headers: withUsual(headersFor(page), headers),
      ...(order && { onRequest: (request: IncomingMessage) => placeOrder(request, { webRoot, order }) }),
    });
  }
}

/** What comes with a request, in addition to what a visitor sends. */
interface Ordered extends Pick<SyntheticRequest, 'onUnhandled'> {
  readonly order?: Order;
}
