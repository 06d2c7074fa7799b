/**
 * Work that is repeated until it is stopped. Each time, it returns after how many milliseconds it runs again. It does
 * not keep the process alive.
 */
export class RecurringWork {
  readonly #work: () => Promise<number>;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** `work` must not reject. */
  constructor(work: () => Promise<number>) {
    this.#work = work;
  }

  start(): void {
    this.#schedule(0);
  }

  /** Resolves when the work under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  #schedule(milliseconds: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#underWay = this.#work().then((next) => this.#schedule(next));
    }, milliseconds);
    this.#timer.unref();
  }
}
