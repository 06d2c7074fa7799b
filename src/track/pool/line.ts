/**
 * The queue of one connection. A commit waits until its intent is noted, and everything after it waits too, to keep the
 * order. Mostly there is nothing to wait for.
 */
export class Line {
  #last: Promise<void> | undefined;
  #waiting = 0;

  /** Makes what is sent next, and everything behind it, wait for this work. */
  waitFor(work: Promise<void> | undefined): void {
    if (work === undefined) return;
    const before = this.#last;
    this.#last = before === undefined ? work : before.then(() => work);
  }

  /** Whether what is sent next has to wait. */
  get isWaiting(): boolean {
    return this.#last !== undefined;
  }

  /** Sends something when everything before it has been sent. */
  async send<T>(send: () => T): Promise<Awaited<T>> {
    this.#waiting += 1;
    await this.#last;
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#last = undefined;
    return await send();
  }
}
