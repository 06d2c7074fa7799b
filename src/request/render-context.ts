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
  /** Why the page must not be stored, whatever the response says; undefined where nothing is said. */
  refusal: Refusal | undefined;
  /** What the render itself has made out of date. */
  readonly changes: Selector[];
  /** The models that it has read in its own context. */
  readonly models: Set<string>;
  /** Whether its code is found by async context; see {@link RenderContexts.follow}. */
  isFollowed: boolean;
  /** Whether the response was written by code that runs in another context. */
  isLost: boolean;
  /** If the page may have in it what was read earlier than its own render began: the lease of then. */
  olderLease: Lease | undefined;
  /** The place in the log of reads at which it began. */
  readonly since: number;
}

/** More changes of one render than this count as one of everything. */
const MAX_CHANGES = 1_000;

/** A stretch of a render, or of a request that makes no page; within `untracked()`, what is read does not count. */
interface Stretch {
  readonly reader: Reader | undefined;
  readonly isTracked: boolean;
}

/** A reason may hold what a visitor has sent. */
const MAX_DETAIL_LENGTH = 500;

export interface RenderContextsParts {
  /** Is told of what a render gave as a tag that is none, and of reads that were not in its context. */
  readonly onNotice: (refusal: Refusal) => void;
  /** Has pages deleted that were stored without what they read. */
  readonly onDoubt: (paths: readonly string[]) => void;
}

/**
 * Finds the render that a piece of code belongs to, through async context. What runs in no context at all, because a queue
 * or a timer has lost it, counts for every render that is under way. One an instance.
 *
 * Async context costs each promise of the app: Node 20 and 22 have a hook for it. So there is none until somebody has something to
 * say of a page. Renders that are under way then have none, and what is said counts for all of them.
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

  /** The context of a render that begins. It is under way until {@link end}. */
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

  /** From now on renders are followed through async context: something is read, tagged or skipped. */
  follow(): void {
    this.#isFollowing = true;
  }

  run<T>(context: RenderContext, work: () => T): T {
    if (!this.#isFollowing) return work();
    context.isFollowed = true;
    return this.#storage.run({ reader: context, isTracked: true }, work);
  }

  /** Runs what makes no page: what it reads counts for none, unless a render turns out to have shared it. */
  runAside<T>(work: () => T, includes?: RenderIncludes): T {
    if (!this.#isFollowing) return work();
    const reader = { begun: this.#begun, lease: undefined, includes };
    this.#begun += 1;
    return this.#storage.run({ reader, isTracked: true }, work);
  }

  /** Notes that the response of a render is written, by the code that calls this. */
  writes(context: RenderContext): void {
    if (context.isFollowed && this.#storage.getStore()?.reader !== context) context.isLost = true;
  }

  /**
   * The response of a render is complete: whether it may have had others read for it, and cannot be told what. Of reads that
   * can be told it gets the tags. `route` is what the app calls its pages, if it does.
   */
  conclude(context: RenderContext, page: { readonly path: string; readonly route: string | undefined }) {
    return this.#shared.conclude(context, page);
  }

  /**
   * Adds tags to the page being rendered; outside a render it does nothing. Never throws: tags are often made of what a
   * visitor sends, and a page that lacks one is not stored, since nobody could find it out of date.
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

  /** As {@link tag}, for what has been read of a model. */
  read(model: string, ...tags: readonly string[]): void {
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags, isRead: true })) {
      for (const tag of tags) context.tags.add(tag);
      if (context === reader) context.models.add(model);
    }
  }

  /** Marks an island in the response that the code belongs to; undefined: nobody would put it in there. */
  include(url: string, fallback: string): string | undefined {
    return this.#reader()?.includes?.add(url, fallback);
  }

  /** What is read now may be as old as a lease, whenever the render began. */
  readSince(lease: Lease): void {
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags: [], isRead: true, lease })) ageTo(context, lease);
  }

  /** Keeps the response being rendered from being stored. */
  skip(reason: unknown = 'skip()'): void {
    const detail = messageOf(reason).slice(0, MAX_DETAIL_LENGTH);
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags: [], isRead: false, unclear: detail }))
      context.refusal = refuse('skipped', detail);
  }

  /** As {@link skip}, for what has been read and is not known. */
  readUnclear(reason: string): void {
    const reader = this.#reader();
    for (const context of this.#shared.note(reader, { tags: [], isRead: true, unclear: reason }))
      context.refusal = refuse('skipped', reason.slice(0, MAX_DETAIL_LENGTH));
  }

  /** Whether what is read now counts: a page is being rendered, and this is not within `untracked()`. */
  isTracking(): boolean {
    return this.#shared.open.size > 0 && this.#storage.getStore()?.isTracked !== false;
  }

  /** Notes what code has made out of date; whether a render did. */
  changed(selectors: readonly Selector[]): boolean {
    const reader = this.#reader();
    if (!isRender(reader)) return false;
    const { changes } = reader;
    if (changes.length + selectors.length <= MAX_CHANGES) changes.push(...selectors);
    else changes.splice(0, changes.length, { kind: 'all' });
    return true;
  }

  /** Whose code runs now. */
  #reader(): Reader | undefined {
    this.follow();
    return this.#storage.getStore()?.reader;
  }

  #refuseTag(context: RenderContext, tag: unknown): void {
    const refusal = refuse('bad-tag', showBadTag(tag));
    context.refusal ??= refusal;
    this.#parts.onNotice(refusal);
  }

  /** Runs work whose reads do not count. What it returns is awaited within: some ORMs begin a query only then. */
  untracked<T>(work: () => T): T {
    const reader = this.#reader();
    return this.#storage.run({ reader, isTracked: false }, () => begun(work()));
  }
}

function isRender(reader: Reader | undefined): reader is RenderContext {
  return reader !== undefined && 'changes' in reader;
}

/** A promise for what a lazy promise, such as a query builder, comes to; it begins at once. */
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
