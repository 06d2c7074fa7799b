import { messageOf } from '../../errors.js';
import type { RemovedPage } from '../../ledger/ledger.js';
import { refuse } from '../../page/reasons.js';
import type { GateDecision } from '../../page/request/gate.js';
import type { Selector } from '../../page/selector.js';
import type { RenderOutcome, Stored } from '../../request/page-writer.js';
import { TaskThread } from '../../task-thread.js';
import type { PublishOptions } from '../options.js';
import {
  DEFAULT_CONCURRENCY,
  type PathSelector,
  type Publisher,
  type PublishRefusal,
  pathSelectorOf,
} from '../publish.js';
import type { SyntheticResponse } from '../render/response-reader.js';
import { type LinkedPage, linkedPages } from './links.js';
import { targetsOfSitemap } from './sitemap.js';

export interface WarmerParts {
  readonly publisher: Pick<Publisher, 'assertAttached' | 'render' | 'visit'>;
  /** Whether a GET of this target may be answered from a page, and from which. */
  readonly judge: (target: string, host: string) => GateDecision;
  readonly isStored: (host: string, path: string) => boolean;
  /** See {@link Publisher}. */
  readonly voidRenders: (selectors: readonly Selector[]) => Promise<readonly RemovedPage[]>;
  /** The host of pages where a seed names none. */
  readonly host: string;
}

export interface WarmSettings extends PublishOptions {
  /** Where to start. */
  readonly seeds: readonly PathSelector[];
  /** The path of a sitemap, or of an index of them. */
  readonly sitemap?: string | undefined;
  /** How many links away from a start pages are made. */
  readonly depth: number;
  /** Paths that are neither made nor followed. */
  readonly isExcluded: (path: string) => boolean;
  /** Leaves pages alone that are stored; their links are followed all the same. */
  readonly onlyMissing: boolean;
  readonly onProgress?: (progress: WarmProgress) => void;
}

export interface WarmProgress {
  /** Pages known by now. */
  readonly total: number;
  readonly done: number;
}

/** What a warming did, in the order of the paths, so that two reports can be compared. */
export interface WarmReport {
  readonly stored: readonly Stored[];
  readonly refused: readonly PublishRefusal[];
  /** Pages that were stored before and left alone. */
  readonly skipped: number;
  /** Whether it was aborted before its end; run it again with `onlyMissing` to go on. */
  readonly interrupted: boolean;
}

/** Makes the pages of a site ahead of their visitors: from where it is told to start, along the links. */
export class Warmer {
  readonly #parts: WarmerParts;

  constructor(parts: WarmerParts) {
    this.#parts = parts;
  }

  /** Resolves when every page that was found has been rendered, or when the signal is aborted; then it tells what was done. */
  async warm(settings: WarmSettings): Promise<WarmReport> {
    this.#parts.publisher.assertAttached();
    if (!settings.onlyMissing) await this.#parts.voidRenders([{ kind: 'all' }]);
    const walk = new Walk(this.#parts, settings);
    const host = this.#hostOf(settings);
    for (const seed of settings.seeds) walk.add(seed.value, seed.host ?? host, 0);
    if (settings.sitemap !== undefined) await this.#addSitemap(walk, settings, settings.sitemap);
    return await walk.run();
  }

  #hostOf({ host }: WarmSettings): string {
    return host ?? this.#parts.host;
  }

  async #addSitemap(walk: Walk, settings: WarmSettings, sitemap: string): Promise<void> {
    const fetch = async (path: string) =>
      settings.signal?.aborted === true
        ? undefined
        : (await this.#fetchSitemap(walk, settings, path))?.body.toString();
    for await (const target of targetsOfSitemap(sitemap, fetch)) walk.add(target, this.#hostOf(settings), 0);
  }

  async #fetchSitemap(
    walk: Walk,
    settings: WarmSettings,
    path: string,
  ): Promise<SyntheticResponse | undefined> {
    try {
      const response = await this.#parts.publisher.visit({ kind: 'path', value: path }, settings);
      if (response.status === 200) return response;
      walk.refuse({ path, ...refuse('status', String(response.status)) });
    } catch (error) {
      if (settings.signal?.aborted !== true)
        walk.refuse({ path, ...refuse('render-failed', messageOf(error)) });
    }
    return undefined;
  }
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return Number(one.path > other.path) - Number(one.path < other.path);
}

interface Step {
  readonly selector: PathSelector;
  /** The host of its links, and the folder of its page. */
  readonly host: string;
  readonly folder: string;
  readonly depth: number;
}

/** A page whose links have not been read. */
interface Unread {
  readonly html: Buffer;
  readonly pageUrl: URL;
  /** See {@link Step}. */
  readonly host: string;
  readonly depth: number;
}

/** Pages are handed over together to have their links read, unless there is nothing else to do. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** One walk over a site: what is to be visited, and what came of it. */
class Walk {
  readonly #parts: WarmerParts;
  readonly #settings: WarmSettings;
  readonly #queue: Step[] = [];
  readonly #seen = new Set<string>();
  readonly #stored: Stored[] = [];
  readonly #refused: PublishRefusal[] = [];
  /** In the order in which they were rendered, which is that in which their links are followed. */
  readonly #unread: Unread[] = [];
  #unreadBytes = 0;
  #skipped = 0;
  #done = 0;
  #underWay = 0;
  /** Wakes workers that have nothing to do while others may still find links. */
  #wake: (() => void)[] = [];
  /** Without a thread it takes longer, and that is all. */
  readonly #links = new TaskThread<readonly LinkedPage[], readonly (readonly string[])[]>({
    module: new URL('./links-thread.js', import.meta.url),
    work: (pages) => pages.map(linkedPages),
    onUnavailable: () => undefined,
  });

  constructor(parts: WarmerParts, settings: WarmSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Takes note of a target, unless it is no page, excluded or known. Its first depth counts: links are followed in order. */
  add(target: string, host: string, depth: number): void {
    const decision = this.#parts.judge(target, host);
    if (decision.outcome !== 'page') return;
    const { path } = decision.page;
    const key = `${decision.host} ${path}`;
    if (this.#seen.has(key) || this.#settings.isExcluded(decision.page.decoded)) return;
    this.#seen.add(key);
    this.#queue.push({ selector: pathSelectorOf({ path, host }), host, folder: decision.host, depth });
    this.#wakeAll();
  }

  refuse(refusal: PublishRefusal): void {
    this.#refused.push(refusal);
  }

  async run(): Promise<WarmReport> {
    const { concurrency = DEFAULT_CONCURRENCY, signal } = this.#settings;
    this.#tell();
    const wakeAll = () => this.#wakeAll();
    signal?.addEventListener('abort', wakeAll);
    try {
      await Promise.all(Array.from({ length: concurrency }, () => this.#work()));
    } finally {
      signal?.removeEventListener('abort', wakeAll);
      await this.#links.close();
    }
    return {
      stored: this.#stored.sort(byPath),
      refused: this.#refused.sort(byPath),
      skipped: this.#skipped,
      interrupted: signal?.aborted === true,
    };
  }

  async #work(): Promise<void> {
    while (this.#settings.signal?.aborted !== true) {
      const step = this.#queue.shift();
      if (step !== undefined) await this.#counted(() => this.#take(step));
      else if (this.#unread.length > 0) await this.#counted(() => this.#readLinks());
      else if (this.#underWay === 0) return;
      else await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** While it is under way, links may be found. */
  async #counted(work: () => Promise<void>): Promise<void> {
    this.#underWay += 1;
    try {
      await work();
    } catch (error) {
      // Broken off; it is no result of a page.
      if (this.#settings.signal?.aborted !== true) throw error;
    } finally {
      this.#underWay -= 1;
      this.#wakeAll();
    }
  }

  async #take(step: Step): Promise<void> {
    const response = await this.#visit(step);
    if (response !== undefined && step.depth < this.#settings.depth) this.#follow(step, response);
    this.#done += 1;
    this.#tell();
    if (this.#unreadBytes > MAX_UNREAD_BYTES) await this.#readLinks();
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
    const pageUrl = new URL(selector.value, `http://${host}`);
    if (status >= 300 && status < 400 && typeof headers.location === 'string') {
      this.#addUrl(headers.location, pageUrl, depth + 1);
    } else if (status === 200 && /^text\/html|\+xml/.test(String(headers['content-type']))) {
      this.#unread.push({ html: body, pageUrl, host, depth });
      this.#unreadBytes += body.length;
    }
  }

  async #readLinks(): Promise<void> {
    const pages = this.#unread.splice(0);
    this.#unreadBytes = 0;
    const links = await this.#links.run(pages.map(({ html, pageUrl }) => ({ html, url: pageUrl.href })));
    for (const [index, { host, depth }] of pages.entries())
      for (const path of links[index] ?? []) this.add(path, host, depth + 1);
  }

  #addUrl(location: string, pageUrl: URL, depth: number): void {
    const url = URL.canParse(location, pageUrl.href) ? new URL(location, pageUrl) : undefined;
    if (url?.host === pageUrl.host) this.add(`${url.pathname}${url.search}`, pageUrl.host, depth);
  }

  #tell(): void {
    this.#settings.onProgress?.({ total: this.#seen.size, done: this.#done });
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
