import { AsyncLocalStorage } from 'node:async_hooks';
import { messageOf } from '../errors.js';
import type { Lease } from '../ledger/ledger.js';
import { type Refusal, refuse } from '../page/reasons.js';
import type { Selector } from '../page/selector.js';
import { isTag, showBadTag } from '../page/tag.js';
import type { Reader } from './context/read-log.js';
import { ageTo, SharedReads } from './context/shared-reads.js';
import type { RenderIncludes } from './includes/render-includes.js';

/** What the application says about the page that it is rendering. */
export interface RenderContext extends Reader {
  readonly tags: Set<string>;
  /** Why the page must not be stored, whatever the response says. `undefined` if there is no such reason. */
  refusal: Refusal | undefined;
  /** The selectors of what the render itself has made out of date. */
  readonly changes: Selector[];
  /** The models that the render has read in its own context. */
  readonly models: Set<string>;
  /** Whether the code of the render is found by async context; see {@link RenderContexts.follow}. */
  isFollowed: boolean;
  /** Whether the response was written by code that runs in another context. */
  isLost: boolean;
  /** The lease of an earlier time, if the page may contain what was read before its own render began. */
  olderLease: Lease | undefined;
  /** The position in the log of reads at which the render began. */
  readonly since: number;
}

/** If one render makes more changes than this, they count as a change of everything. */
const MAX_CHANGES = 1_000;

/** A section of a render, or of a request that makes no page. Within `untracked()`, what is read does not count. */
interface Stretch {
  readonly reader: Reader | undefined;
  readonly isTracked: boolean;
}

/** A reason may contain what a visitor has sent. */
const MAX_DETAIL_LENGTH = 500;

export interface RenderContextsParts {
  /** Reports values that a render gave as tags and that are no tags, and reads that were not in its context. */
  readonly onNotice: (refusal: Refusal) => void;
  /** Deletes pages that were stored without the tags of what they read. */
  readonly onDoubt: (paths: readonly string[]) => void;
}

/**
 * Finds the render that a piece of code belongs to, through async context. Code that runs in no context at all, because
 * a queue or a timer has lost it, counts for every render that is under way. Each instance has its own.
 *
 * Async context makes each promise of the app slower: Node 20 and 22 have a hook for it. So it is not used until code
 * has something to say about a page. Renders that are under way then have no context, and what is said counts for all
 * of them.
 */
export class RenderContexts {
  readonly #storage = new AsyncLocalStorage<Stretch>();
  readonly #shared: SharedReads<RenderContext>;
  readonly #parts: RenderContextsParts;
  #begun = 0;
  #isFollowing = false;

  constructor(parts: RenderContextsParts) {
    this.#parts = parts;
    this.#shared = new SharedReads(parts);
  }

  /** Returns the context of a render that begins. The render is under way until {@link end}. */
  begin(lease?: Lease, includes?: RenderIncludes): RenderContext {
    const context: RenderContext = {
      ...{ tags: new Set(), refusal: undefined, changes: [], models: new Set() },
      ...{ isFollowed: false, isLost: false },
      ...{ lease, includes, olderLease: undefined, begun: this.#begun, since: this.#shared.place },
    };
    this.#begun += 1;
    this.#shared.open.add(context);
    return context;
  }

  end(context: RenderContext): void {
    this.#shared.close(context);
  }

  /** Follows renders through async context from now on, because something is read, tagged or skipped. */
  follow(): void {
    this.#isFollowing = true;
  }

  run<T>(context: RenderContext, work: () => T): T {
    if (!this.#isFollowing) return work();
    context.isFollowed = true;
    return this.#storage.run({ reader: context, isTracked: true }, work);
  }

  /** Runs what makes no page: its reads count for no page, unless a render turns out to have shared them. */
  runAside<T>(work: () => T, includes?: RenderIncludes): T {
    if (!this.#isFollowing) return work();
    const reader = { begun: this.#begun, lease: undefined, includes };
    this.#begun += 1;
    return this.#storage.run({ reader, isTracked: true }, work);
  }

  /** Notes that the calling code writes the response of a render. */
  writes(context: RenderContext): void {
    if (context.isFollowed && this.#storage.getStore()?.reader !== context) context.isLost = true;
  }

  /**
   * Called when the response of a render is complete. Refuses it if other code may have read for it, and it is not
   * known what. The render gets the tags of such reads that are known. `route` is the app's name for its pages, if it
   * has one.
   */
  conclude(context: RenderContext, page: { readonly path: string; readonly route: string | undefined }) {
    return this.#shared.conclude(context, page);
  }

  /**
   * Adds tags to the page being rendered or, outside of all contexts, to each page being rendered. Never throws: tags
   * are often made from what a visitor sends. A page that lacks one is not stored: no deletion by that tag could find it.
   */
  tag(...tags: readonly unknown[]): void {
    const good = tags.filter(isTag);
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags: good, isRead: false })) {
      for (const tag of tags) {
        if (isTag(tag)) context.tags.add(tag);
        else this.#refuseTag(context, tag);
      }
    }
  }

  /** As {@link tag}, for what was read of a model. */
  read(model: string, ...tags: readonly string[]): void {
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags, isRead: true })) {
      for (const tag of tags) context.tags.add(tag);
      if (context === reader) context.models.add(model);
    }
  }

  /** Marks an island in the response that the code belongs to; `undefined` if islands are not put into it. */
  include(url: string, fallback: string): string | undefined {
    return this.#reader()?.includes?.add(url, fallback);
  }

  /** Notes that what is read now may be as old as a lease, whenever the render began. */
  readSince(lease: Lease): void {
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags: [], isRead: true, lease })) ageTo(context, lease);
  }

  /** Keeps the response being rendered from being stored or, outside of all contexts, each of them. */
  skip(reason: unknown = 'skip()'): void {
    const detail = messageOf(reason).slice(0, MAX_DETAIL_LENGTH);
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags: [], isRead: false, unclear: detail }))
      context.refusal = refuse('skipped', detail);
  }

  /** As {@link skip}, if it is not known what was read. */
  readUnclear(reason: string): void {
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags: [], isRead: true, unclear: reason }))
      context.refusal = refuse('skipped', reason.slice(0, MAX_DETAIL_LENGTH));
  }

  /** Whether what is read now counts: a page is being rendered, and this is not within `untracked()`. */
  isTracking(): boolean {
    return this.#shared.open.size > 0 && this.#storage.getStore()?.isTracked !== false;
  }

  /** Notes what code has made out of date. Returns whether a render did it. */
  changed(selectors: readonly Selector[]): boolean {
    const reader = this.#reader();
    if (!isRender(reader)) return false;
    const { changes } = reader;
    if (changes.length + selectors.length <= MAX_CHANGES) changes.push(...selectors);
    else changes.splice(0, changes.length, { kind: 'all' });
    return true;
  }

  /** Returns the reader whose code runs now. */
  #reader(): Reader | undefined {
    this.follow();
    return this.#storage.getStore()?.reader;
  }

  #refuseTag(context: RenderContext, tag: unknown): void {
    const refusal = refuse('bad-tag', showBadTag(tag));
    context.refusal ??= refusal;
    this.#parts.onNotice(refusal);
  }

  /** Runs work whose reads do not count. Awaits inside what it returns, because some ORMs begin a query only then. */
  untracked<T>(work: () => T): T {
    const reader = this.#reader();
    return this.#storage.run({ reader, isTracked: false }, () => begun(work()));
  }
}

function isRender(reader: Reader | undefined): reader is RenderContext {
  return reader !== undefined && 'changes' in reader;
}

/** Returns a promise for the result of a lazy promise, such as a query builder. The work begins at once. */
function begun<T>(result: T): T {
  if (!isLazy(result)) return result;
  return new Promise((resolve, reject) => {
    result.then(resolve, reject);
  }) as T;
}

function isLazy(result: unknown): result is PromiseLike<unknown> {
  if (typeof result !== 'object' || result === null || result instanceof Promise) return false;
  return 'then' in result && typeof result.then === 'function';
}
