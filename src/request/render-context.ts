import { AsyncLocalStorage } from 'node:async_hooks';
import { parseTag } from '../page/selector.js';

/** What the application says about the page that it is rendering. */
export interface RenderContext {
  readonly tags: Set<string>;
  /** The reason given to `skip()`, or undefined: not skipped. */
  skipped: string | undefined;
}

/** Finds the render that a piece of code belongs to, through async context. One an instance. */
export class RenderContexts {
  readonly #storage = new AsyncLocalStorage<RenderContext>();

  run<T>(context: RenderContext, work: () => T): T {
    return this.#storage.run(context, work);
  }

  /** Adds tags to the page being rendered; outside a render it does nothing but check them. */
  tag(...tags: readonly string[]): void {
    const parsed = tags.map(parseTag);
    const context = this.#storage.getStore();
    for (const tag of parsed) context?.tags.add(tag);
  }

  /** Keeps the response being rendered from being stored. */
  skip(reason = 'skip()'): void {
    const context = this.#storage.getStore();
    if (context !== undefined) context.skipped = reason;
  }
}
