import { AsyncLocalStorage } from 'node:async_hooks';
import { parseTag } from '../page/tag.js';

/** What the application says about the page that it is rendering. */
export interface RenderContext {
  readonly tags: Set<string>;
  /** The reason given to `skip()`, or undefined: not skipped. */
  skipped: string | undefined;
}

/** That of a render which begins. */
export function newContext(): RenderContext {
  return { tags: new Set(), skipped: undefined };
}

/** A stretch of a render: within `untracked()`, what is read from a database does not count. */
interface Stretch {
  readonly context: RenderContext;
  readonly isTracked: boolean;
}

/** Finds the render that a piece of code belongs to, through async context. One an instance. */
export class RenderContexts {
  readonly #storage = new AsyncLocalStorage<Stretch>();

  run<T>(context: RenderContext, work: () => T): T {
    return this.#storage.run({ context, isTracked: true }, work);
  }

  /** Adds tags to the page being rendered; outside a render it does nothing but check them. */
  tag(...tags: readonly string[]): void {
    const parsed = tags.map(parseTag);
    const context = this.#storage.getStore()?.context;
    for (const tag of parsed) context?.tags.add(tag);
  }

  /** Keeps the response being rendered from being stored. */
  skip(reason = 'skip()'): void {
    const context = this.#storage.getStore()?.context;
    if (context !== undefined) context.skipped = reason;
  }

  /** Whether what is read now counts: a page is being rendered, and this is not within `untracked()`. */
  isTracking(): boolean {
    return this.#storage.getStore()?.isTracked === true;
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
