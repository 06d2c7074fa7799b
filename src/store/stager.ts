import { BLOCK_BYTES } from '../files/blocks.js';
import { mayGetCodings } from '../files/compress.js';
import { TaskThread } from '../task-thread.js';
import { type StagedPage, type StageOrder, stagePage } from './stage-page.js';

/** A small page that waits for the event loop to turn. */
interface Waiting {
  readonly order: StageOrder;
  readonly resolve: (staged: StagedPage) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Has pages staged in a thread, except those that take less than handing them over: one block, without codings. Of the disk that
 * asks no more than the rename that follows.
 */
export class Stager {
  readonly #thread: TaskThread<StageOrder, StagedPage>;
  #waiting: Waiting[] = [];
  #closed = false;

  /** `onNoThread` is told that no thread can be started: pages are then written where requests are waited on. */
  constructor(onNoThread: (error: unknown) => void) {
    this.#thread = new TaskThread({
      module: new URL('./stage-thread.js', import.meta.url),
      work: stagePage,
      onUnavailable: onNoThread,
      isStateless: true,
    });
  }

  stage(order: StageOrder): Promise<StagedPage> {
    // A closed thread says of small pages, too, that it is closed.
    return isSmall(order) && !this.#closed ? this.#stageSoon(order) : this.#thread.run(order);
  }

  /** Ends the thread; nothing that is asked for from now on is staged. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#thread.close();
  }

  /** After the answers that are being sent; and pages that come together go on together. */
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
