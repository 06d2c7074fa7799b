import { BLOCK_BYTES } from '../files/blocks.js';
import { mayGetCodings } from '../files/compress.js';
import { TaskThread } from '../task-thread.js';
import { type StagedPage, type StageOrder, stagePage } from './stage-page.js';

/** A small page that waits for the next turn of the event loop. */
interface Waiting {
  readonly order: StageOrder;
  readonly resolve: (staged: StagedPage) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Stages pages in a thread, except those that take less time than handing them over: one block, without codings.
 * Writing such a page costs the disk no more than the rename that follows.
 */
export class Stager {
  readonly #thread: TaskThread<StageOrder, StagedPage>;
  #waiting: Waiting[] = [];
  #closed = false;

  /** `onNoThread` is called if no thread can be started: pages are then written in the main thread. */
  constructor(onNoThread: (error: unknown) => void) {
    this.#thread = new TaskThread({
      module: new URL('./stage-thread.js', import.meta.url),
      work: stagePage,
      onUnavailable: onNoThread,
      isStateless: true,
    });
  }

  stage(order: StageOrder): Promise<StagedPage> {
    // A closed thread rejects small pages, too.
    return isSmall(order) && !this.#closed ? this.#stageSoon(order) : this.#thread.run(order);
  }

  /** Ends the thread. Nothing can be staged after that. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#thread.close();
  }

  /** Stages a page after the responses that are being sent. Pages that arrive together are staged together. */
  #stageSoon(order: StageOrder): Promise<StagedPage> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#stageAll());
      this.#waiting.push({ order, resolve, reject });
    });
  }

  #stageAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { order, resolve, reject } of waiting) {
      try {
        resolve(stagePage(order));
      } catch (error) {
        reject(error);
      }
    }
  }
}

function isSmall({ body, contentType }: StageOrder): boolean {
  const isCoded = contentType !== undefined && mayGetCodings(body, contentType);
  return body.length <= BLOCK_BYTES && !isCoded;
}
