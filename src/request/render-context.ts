import { AsyncLocalStorage } from 'node:async_hooks';
import { messageOf } from '../errors.js';
import { type Refusal, refuse } from '../page/reasons.js';
import { isTag, showBadTag } from '../page/tag.js';

/** What the application says about the page that it is rendering. */
export interface RenderContext {
  readonly tags: Set<string>;
  /** Why the page must not be stored, whatever the response says; undefined where nothing is said. */
  refusal: Refusal | undefined;
}

/** That of a render which begins. */
export function newContext(): RenderContext {
  return { tags: new Set(), refusal: undefined };
}

/** A stretch of a render: within `untracked()`, what is read from a database does not count. */
interface Stretch {
  readonly context: RenderContext;
  readonly isTracked: boolean;
}

/** A reason may hold what a visitor has sent. */
const MAX_DETAIL_LENGTH = 500;

/** Finds the render that a piece of code belongs to, through async context. One an instance. */
export class RenderContexts {
  readonly #storage = new AsyncLocalStorage<Stretch>();
  readonly #onBadTag: (refusal: Refusal) => void;

  /** `onBadTag` is told of what a render gave as a tag that is none. */
  constructor(onBadTag: (refusal: Refusal) => void) {
    this.#onBadTag = onBadTag;
  }

  run<T>(context: RenderContext, work: () => T): T {
    return this.#storage.run({ context, isTracked: true }, work);
  }

  /**
   * Adds tags to the page being rendered; outside a render it does nothing. Never throws: tags are often made of what a
   * visitor sends, and a page that lacks one is not stored, since nobody could find it out of date.
   */
  tag(...tags: readonly unknown[]): void {
    const context = this.#storage.getStore()?.context;
    if (context === undefined) return;
    for (const tag of tags) {
      if (isTag(tag)) context.tags.add(tag);
      else this.#refuseTag(context, tag);
    }
  }

  /** Keeps the response being rendered from being stored. */
  skip(reason: unknown = 'skip()'): void {
    const context = this.#storage.getStore()?.context;
    if (context === undefined) return;
    context.refusal = refuse('skipped', messageOf(reason).slice(0, MAX_DETAIL_LENGTH));
  }

  /** Whether what is read now counts: a page is being rendered, and this is not within `untracked()`. */
  isTracking(): boolean {
    return this.#storage.getStore()?.isTracked === true;
  }

  #refuseTag(context: RenderContext, tag: unknown): void {
    const refusal = refuse('bad-tag', showBadTag(tag));
    context.refusal ??= refusal;
    this.#onBadTag(refusal);
  }

  /** Runs work whose reads do not count. What it returns is awaited within: some ORMs begin a query only then. */
  untracked<T>(work: () => T): T {
    const stretch = this.#storage.getStore();
    if (stretch === undefined) return work();
    return this.#storage.run({ context: stretch.context, isTracked: false }, () => begun(work()));
  }
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
