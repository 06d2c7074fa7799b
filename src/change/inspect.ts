import type { Inspection, Suspect } from '../ledger/ledger.js';
import type { Logger } from '../log.js';
import type { PageStore } from '../store/page-store.js';
import { Remover, type RemoverParts } from './remover.js';

/** Suspects that are removed in one transaction. */
const BATCH = 64;
/**
 * A file that was written this long before the newest page had reached the disk before any power cut, so its size and
 * time prove enough. Kernels write back within half a minute.
 */
const WRITTEN_BACK_AFTER_MS = 60 * 60 * 1000;

export interface InspectorParts extends RemoverParts {
  readonly ledger: Inspection;
  readonly store: RemoverParts['store'] & Pick<PageStore, 'pages' | 'seemsWhole' | 'isWhole'>;
  readonly logger: Logger;
}

/**
 * Compares WEB_ROOT with the ledger when they may differ: after a boot, which may follow a power cut, and for a ledger
 * that was copied back. A page without a row would escape every deletion by tag and glob. A page whose bytes never
 * reached the disk would be served in part.
 */
export class Inspector {
  readonly #parts: InspectorParts;
  /** The removal of strays for the ledger file that is there now. */
  #strays: { readonly generation: number; readonly removed: Promise<void> } | undefined;

  constructor(parts: InspectorParts) {
    this.#parts = parts;
  }

  /** Resolves when the ledger knows every page under WEB_ROOT: at once, except for the first time after a boot. */
  async removeStrays(): Promise<void> {
    const { generation, complete } = this.#parts.ledger.completeness();
    if (complete) return;
    if (this.#strays?.generation !== generation) this.#strays = { generation, removed: this.#removeStrays() };
    const strays = this.#strays;
    try {
      await strays.removed;
    } catch (error) {
      // The next caller tries again.
      if (this.#strays === strays) this.#strays = undefined;
      throw error;
    }
  }

  /** Removes strays, and pages that are not whole. Runs in the background, however many there are. */
  async inspect(): Promise<void> {
    const completeness = this.#parts.ledger.completeness();
    if (completeness.complete) return;
    await this.removeStrays();
    await this.#removeDamaged();
    await this.#parts.ledger.markComplete(completeness);
    this.#parts.logger.info({}, 'the stored pages were compared with the ledger');
  }

  async #removeStrays(): Promise<void> {
    await this.#remove(strays(this.#parts), 'pages that are not in the ledger were removed');
  }

  async #removeDamaged(): Promise<void> {
    await this.#remove(damaged(this.#parts), 'pages whose files no longer matched the ledger were removed');
  }

  async #remove(suspects: AsyncIterable<Suspect>, message: string): Promise<void> {
    const remover = new Remover(this.#parts);
    const removed = new Set<string>();
    let batch: Suspect[] = [];
    const flush = async () => {
      for (const file of await this.#parts.ledger.removeSuspects(batch, remover)) removed.add(file);
      batch = [];
    };
    for await (const suspect of suspects) {
      batch.push(suspect);
      if (batch.length === BATCH) await flush();
    }
    if (batch.length > 0) await flush();
    if (removed.size > 0)
      this.#parts.logger.warn({ pages: removed.size, first: [...removed].slice(0, 10) }, message);
    remover.throwFailures();
  }
}

async function* strays({ ledger, store, hosts }: InspectorParts): AsyncIterable<Suspect> {
  for await (const file of store.pages(hosts)) {
    if (ledger.placed(file) === undefined) yield { file, seen: undefined };
  }
}

async function* damaged({ ledger, store }: InspectorParts): AsyncIterable<Suspect> {
  const writtenBack = ledger.newestStoredAt() - WRITTEN_BACK_AFTER_MS;
  for (const file of ledger.files()) {
    const seen = ledger.placed(file);
    if (seen === undefined) continue;
    const isWhole =
      seen.storedAt < writtenBack ? await store.seemsWhole(file, seen) : await store.isWhole(file, seen);
    if (!isWhole) yield { file, seen };
  }
}
