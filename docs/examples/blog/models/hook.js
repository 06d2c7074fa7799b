/**
 * Functions that are called, one after the other, when a change has been committed.
 *
 * @template {unknown[]} Change
 */
export class Hook {
  /** @type {((...change: Change) => unknown)[]} */
  #listeners = [];

  /** @param {(...change: Change) => unknown} listener */
  add(listener) {
    this.#listeners.push(listener);
  }

  /**
   * Resolves when every listener is done; rejects with the first one's error.
   *
   * @param {Change} change
   */
  async run(...change) {
    for (const listener of this.#listeners) await listener(...change);
  }
}
