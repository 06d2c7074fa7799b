/**
 * What one connection is sent that has to wait: a commit for what is noted before it, and all that comes after it, for the
 * order is kept. Mostly there is nothing to wait for.
 */
export class Line {
  #last: Promise<void> | undefined;
  #waiting = 0;

  /** What is sent next waits for this, and what is behind it. */
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
