import type { Change } from '../../change.js';
import type { Tracker } from '../../tracker.js';
import { changesIn } from './notification.js';

export interface NotifiedChangesParts {
  readonly tracker: Tracker;
  readonly channel: string;
  /** What the listener is in charge of; undefined: everything. */
  readonly entities: readonly string[] | undefined;
}

/** What has been notified and is not deleted yet; what comes while a deletion is under way goes into the next, together. */
export class NotifiedChanges {
  readonly #parts: NotifiedChangesParts;
  #next: Change[] = [];
  #anything: string | undefined;
  #isBusy = false;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: NotifiedChangesParts) {
    this.#parts = parts;
  }

  /** A notification. */
  take({ channel, payload = '' }: { readonly channel?: string; readonly payload?: string }): void {
    if (channel !== this.#parts.channel) return;
    const changes = changesIn(payload);
    if (changes === undefined) this.#anything = `the notification ${JSON.stringify(payload.slice(0, 80))}`;
    else for (const change of changes) this.#next.push(change);
    this.#begin();
  }

  /** Resolves when everything that may have changed is deleted. */
  async takeAnything(reason: string): Promise<void> {
    this.#anything = reason;
    this.#begin();
    await this.#done;
  }

  /** Resolves when all that has been taken is deleted. */
  async settled(): Promise<void> {
    await this.#done;
  }

  #begin(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#done = this.#finish();
  }

  async #finish(): Promise<void> {
    const { tracker } = this.#parts;
    // What came in one piece from the network is taken together.
    await Promise.resolve();
    while (this.#next.length > 0 || this.#anything !== undefined) {
      const changes = this.#next;
      const reason = this.#anything;
      this.#next = [];
      this.#anything = undefined;
      if (reason !== undefined) await this.#anythingChanged(reason);
      else await tracker.changed(changes);
      const entities = [...new Set(changes.map(({ entity }) => entity))];
      tracker.logger.debug({ changes: changes.length, entities }, 'PostgreSQL reported changes');
    }
    this.#isBusy = false;
  }

  async #anythingChanged(reason: string): Promise<void> {
    const { tracker, entities } = this.#parts;
    if (entities === undefined) return await tracker.changedAnything(reason);
    tracker.logger.info(
      { reason, entities },
      'changes may have been missed, so the pages of these entities are deleted',
    );
    await tracker.changed(entities.map((entity) => ({ entity, action: 'unknown' })));
  }
}
