import type { Lease } from '../../ledger/ledger.js';
import type { ModelParts } from '../tracker.js';

export type SnapshotsParts = Pick<ModelParts, 'lease'> & {
  readonly reads: Pick<ModelParts['reads'], 'readSince' | 'readUnclear'>;
};

/** The times when transactions began, as leases: what is read in a transaction may be as old as its beginning. */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  /** Leases by transaction; `undefined` if the lease was not known. */
  readonly #begun = new WeakMap<object, Lease | undefined>();

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
  }

  begins(transaction: object): void {
    let lease: Lease | undefined;
    try {
      lease = this.#parts.lease();
    } catch {
      // If the ledger cannot be read, no page is stored now, nor one that reads in this transaction later.
    }
    this.#begun.set(transaction, lease);
  }

  /** Notes a read in a transaction. */
  reads(transaction: object): void {
    if (!this.#begun.has(transaction)) return;
    const lease = this.#begun.get(transaction);
    if (lease === undefined) this.#parts.reads.readUnclear('it is not known when its transaction began');
    else this.#parts.reads.readSince(lease);
  }
}
