import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, StaticGeneratorError } from '../errors.js';
import type { Entries, NumberedSelectors, SharedLog } from '../ledger/ledger.js';
import type { Bus, BusPosition } from './bus.js';
import { writeEntry } from './entry.js';
import { isHeardByAll, type Register } from './register.js';

/** If the bus cannot be reached for longer than this, the caller gets an error. */
const PATIENCE_MS = 5_000;
const RETRY_MS = 100;
/** Pauses between checks whether the other hosts have read an entry. The first is short, because they mostly have. */
const FIRST_LOOK_MS = 1;
const MAX_LOOK_MS = 50;
/** How many of the entries that were left are sent at once. */
const SENT_AT_ONCE = 500;

export interface DeliveryParts {
  readonly bus: Bus;
  readonly register: Register;
  readonly ledger: SharedLog;
}

/** Sends the other hosts what is out of date, and waits until no host serves it. */
export class Delivery {
  readonly #parts: DeliveryParts;
  /** What this process is sending at the moment. */
  readonly #underWay = new Set<string>();
  #unsentBefore: ReadonlySet<string> = new Set();
  #closed = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when every host has carried out the entries, or serves nothing any more. Rejects with
   * `ERR_CLUSTER_UNREACHABLE`; the entries then stay in the ledger, and are sent again until all hosts have them.
   */
  async deliver(entries: Entries, selectors: NumberedSelectors['selectors']): Promise<void> {
    const keys = keysOf(entries);
    for (const key of keys) this.#underWay.add(key);
    try {
      await this.#send(selectors);
      await this.#parts.ledger.sent(entries);
    } finally {
      for (const key of keys) this.#underWay.delete(key);
    }
  }

  /** Sends entries left by a process that died or had no bus: those that were already unsent at the last call. */
  async deliverLeft(): Promise<void> {
    const { entries, selectors } = this.#parts.ledger.unsent(SENT_AT_ONCE);
    const before = this.#unsentBefore;
    const keys = keysOf(entries);
    this.#unsentBefore = new Set(keys);
    const left = keys.flatMap((key, index) => (before.has(key) && !this.#underWay.has(key) ? [index] : []));
    if (left.length === 0) return;
    const { generation, sequences } = entries;
    await this.deliver(
      { generation, sequences: left.flatMap((index) => sequences[index] ?? []) },
      left.flatMap((index) => selectors[index] ?? []),
    );
  }

  close(): void {
    this.#closed = true;
  }

  async #send(selectors: NumberedSelectors['selectors']): Promise<void> {
    const { bus, ledger } = this.#parts;
    const { host } = ledger.standing();
    const texts = selectors.map((selector) => writeEntry({ from: host, selector }));
    let reachedAt = performance.now();
    for (;;) {
      try {
        const position = await bus.append(texts);
        reachedAt = performance.now();
        const reached = () => {
          reachedAt = performance.now();
        };
        if (await this.#isHeard(position, host, reached)) return;
      } catch (error) {
        if (this.#closed || performance.now() - reachedAt > PATIENCE_MS) throw unreachable(error);
        await delay(RETRY_MS);
      }
    }
  }

  /** Waits until all hosts have carried out the entry. Returns false if a new epoch may have lost it. */
  async #isHeard(position: BusPosition, host: string, reached: () => void): Promise<boolean> {
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 2, MAX_LOOK_MS)) {
      const state = await this.#parts.register.look();
      reached();
      if (state.epoch !== position.epoch) return false;
      if (isHeardByAll(state, position, host)) return true;
      if (this.#closed) throw new Error('close() has been called');
      await delay(pause);
    }
  }
}

function unreachable(cause: unknown): StaticGeneratorError {
  return new StaticGeneratorError(
    'ERR_CLUSTER_UNREACHABLE',
    `The pages are deleted on this host, but the deletion could not be sent to the other hosts (${messageOf(cause)}). It is sent again until they have it; hosts without the bus stop serving pages when their term ends`,
    { cause },
  );
}

function keysOf({ generation, sequences }: Entries): readonly string[] {
  return sequences.map((sequence) => `${generation} ${sequence}`);
}
