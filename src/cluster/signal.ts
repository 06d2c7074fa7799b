/**
 * Lets one function wake another that waits, for a limited time. A signal that is given while
 * no function waits is kept.
 */
export class Signal {
  #isGiven = false;
  #wake: (() => void) | undefined;

  give(): void {
    this.#isGiven = true;
    this.#wake?.();
  }

  /** Waits for the signal. Resolves at once if it has been given since the last wait. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#isGiven) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds).unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#isGiven = false;
  }
}
