import { type Work, Workers } from '../../concurrency.js';
import { urlOf, withVariant } from '../../page/layout.js';
import type { GateDecision, PageRequest } from '../../page/request/gate.js';
import type { RenderOutcome, Stored } from '../../request/page/writer.js';
import { DEFAULT_CONCURRENCY, type PublishOptions } from '../options.js';
import { type PathSelector, pathSelectorOf } from '../path-selector.js';
import type { Publisher, PublishRefusal } from '../publish.js';
import type { SyntheticResponse } from '../render/response-reader.js';
import { UnreadPages } from './unread-pages.js';

export interface WalkParts {
  readonly publisher: Pick<Publisher, 'render' | 'visit'>;
  /** Returns whether a page may answer a GET of this target, and which page. */
  readonly judge: (target: string, host: string) => GateDecision;
  readonly isStored: (host: string, path: string) => boolean;
}

export interface WalkSettings extends PublishOptions {
  /** How many links away from a start pages are made. */
  readonly depth: number;
  /** Paths that are neither made nor followed. */
  readonly isExcluded: (path: string) => boolean;
  /** Whether a variant of a page is made. Default: each is. */
  readonly isWanted?: (variant: string) => boolean;
  /** Does not render pages that are stored. Their links are still followed. */
  readonly onlyMissing: boolean;
  readonly onProgress?: (progress: WarmProgress) => void;
}

export interface WarmProgress {
  /** The pages known by now. */
  readonly total: number;
  readonly done: number;
}

/** What a warm has done, in the order of the paths, so that two reports can be compared. */
export interface WarmReport {
  readonly stored: readonly Stored[];
  readonly refused: readonly PublishRefusal[];
  /** Pages that were stored before, and were not rendered. */
  readonly skipped: number;
  /** Whether it was aborted before its end. To continue, run it again with `onlyMissing`. */
  readonly interrupted: boolean;
}

interface Step {
  readonly selector: PathSelector;
  /** The host of its links, and the folder of its page. */
  readonly host: string;
  readonly folder: string;
  readonly depth: number;
}

/** One walk over a site: what to visit, and what became of it. */
export class Walk {
  readonly #parts: WalkParts;
  readonly #settings: WalkSettings;
  readonly #queue: Step[] = [];
  readonly #seen = new Set<string>();
  readonly #stored: Stored[] = [];
  readonly #refused: PublishRefusal[] = [];
  readonly #unread = new UnreadPages();
  readonly #workers = new Workers(() => this.#next());
  #skipped = 0;
  #done = 0;

  constructor(parts: WalkParts, settings: WalkSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Adds a target, unless it is no page, excluded or known. Links are followed in order, so its first depth counts. */
  add(target: string, host: string, depth: number): void {
    const decision = this.#parts.judge(target, host);
    if (decision.outcome !== 'page') return;
    if (this.#settings.isExcluded(decision.page.decoded)) return;
    for (const path of this.#pathsOf(decision)) {
      const key = `${decision.host} ${path}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.#queue.push({ selector: pathSelectorOf({ path, host }), host, folder: decision.host, depth });
      this.#workers.wake();
    }
  }

  /** Returns the path of a page, or those of all its variants that are wanted. */
  #pathsOf({ page, variants }: PageRequest): readonly string[] {
    if (variants === undefined) return [page.path];
    const { isWanted = () => true } = this.#settings;
    const { variant: _, ...bare } = { ...page, path: urlOf(page.path) };
    return variants.all.filter(isWanted).map((one) => withVariant(bare, one).path);
  }

  refuse(refusal: PublishRefusal): void {
    this.#refused.push(refusal);
  }

  async run(): Promise<WarmReport> {
    const { concurrency = DEFAULT_CONCURRENCY, signal } = this.#settings;
    this.#tell();
    try {
      await this.#workers.run({ concurrency, signal });
    } finally {
      await this.#unread.close();
    }
    return {
      stored: this.#stored.sort(byPath),
      refused: this.#refused.sort(byPath),
      skipped: this.#skipped,
      interrupted: signal?.aborted === true,
    };
  }

  /** Returns the next work. Links are read when enough pages wait for it, or when there is nothing else to do. */
  #next(): Work | undefined {
    const step = this.#queue.shift();
    if (step !== undefined) return () => this.#take(step);
    return this.#unread.isEmpty ? undefined : () => this.#readLinks();
  }

  async #take(step: Step): Promise<void> {
    const response = await this.#visit(step);
    if (response !== undefined && step.depth < this.#settings.depth) this.#follow(step, response);
    this.#done += 1;
    this.#tell();
    if (this.#unread.isMany) await this.#readLinks();
  }

  async #visit({ selector, folder, depth }: Step): Promise<SyntheticResponse | undefined> {
    const { publisher, isStored } = this.#parts;
    if (this.#settings.onlyMissing && isStored(folder, selector.value)) {
      this.#skipped += 1;
      if (depth >= this.#settings.depth) return undefined;
      return await publisher.visit(selector, this.#settings).catch(() => undefined);
    }
    const { outcome, response } = await publisher.render(selector, this.#settings);
    this.#note(selector.value, outcome);
    return response;
  }

  #note(path: string, outcome: RenderOutcome): void {
    if ('stored' in outcome) this.#stored.push(outcome.stored);
    else this.refuse({ path, ...outcome.refusal });
  }

  #follow({ selector, host, depth }: Step, { status, headers, body }: SyntheticResponse): void {
    const pageUrl = new URL(urlOf(selector.value), `http://${host}`);
    if (status >= 300 && status < 400 && typeof headers.location === 'string')
      this.#addUrl(headers.location, pageUrl, depth + 1);
    else if (status === 200 && /^text\/html|\+xml/.test(String(headers['content-type'])))
      this.#unread.add({ html: body, pageUrl, host, depth });
  }

  async #readLinks(): Promise<void> {
    for (const { paths, host, depth } of await this.#unread.read())
      for (const path of paths) this.add(path, host, depth + 1);
  }

  #addUrl(location: string, pageUrl: URL, depth: number): void {
    const url = URL.canParse(location, pageUrl.href) ? new URL(location, pageUrl) : undefined;
    if (url?.host === pageUrl.host) this.add(`${url.pathname}${url.search}`, pageUrl.host, depth);
  }

  #tell(): void {
    this.#settings.onProgress?.({ total: this.#seen.size, done: this.#done });
  }
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return Number(one.path > other.path) - Number(one.path < other.path);
}
