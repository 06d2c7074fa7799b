/**
 * The state that a host keeps of the shared log, in memory: how far it has read. It applies everything that it receives
 * at once.
 */
export class CursorOnly {
  #standing;

  constructor(host) {
    this.#standing = { generation: 1, host, epoch: undefined, received: 0, applied: 0 };
  }

  standing() {
    return this.#standing;
  }

  async begin({ epoch, position }) {
    this.#standing = { ...this.#standing, epoch, received: position, applied: position };
  }

  async follow(epoch, { base }) {
    const place = Math.min(this.#standing.received, base);
    this.#standing = { ...this.#standing, epoch, received: place, applied: place };
  }

  async receive(epoch, entries) {
    if (epoch !== this.#standing.epoch || entries.length === 0) return;
    const place = Math.max(this.#standing.received, entries.at(-1).position);
    this.#standing = { ...this.#standing, received: place, applied: place };
  }

  awaiting() {
    return { entries: { generation: 1, sequences: [] }, selectors: [] };
  }

  async carriedOut() {}

  unsent() {
    return this.awaiting();
  }

  async sent() {}
}
