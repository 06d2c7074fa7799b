import type { Change } from '../../change.js';
import type { Tracker } from '../../tracker.js';
import { changesIn } from './notification.js';

export interface NotifiedChangesParts {
  readonly tracker: Tracker;
  readonly channel: string;
  /** The models whose changes the listener handles; `undefined` means all. */
  readonly entities: readonly string[] | undefined;
}

/** Notified changes whose pages are not deleted yet. Those that arrive during a deletion go into the next one. */
export class NotifiedChanges {
  readonly #parts: NotifiedChangesParts;
  #next: Change[] = [];
  #anything: string | undefined;
  #isBusy = false;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: NotifiedChangesParts) {
    this.#parts = parts;
  }

  /** Takes a notification. */
  take({ channel, payload = '' }: { readonly channel?: string; readonly payload?: string }): void {
    if (channel !== this.#parts.channel) return;
    const changes = changesIn(payload);
    if (changes === undefined) this.#anything = `the notification ${JSON.stringify(payload.slice(0, 80))}`;
    else for (const change of changes) this.#next.push(change);
    this.#begin();
  }

  /** Resolves when the pages of everything that may have changed are deleted. */
  async takeAnything(reason: string): Promise<void> {
    this.#anything = reason;
    this.#begin();
    await this.#done;
  }

  /** Resolves when the pages of all changes taken so far are deleted. */
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
    // Notifications that arrive in one network packet are handled together.
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
