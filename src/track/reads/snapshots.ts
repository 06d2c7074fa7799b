import type { Lease } from '../../ledger/ledger.js';
import type { ModelParts } from '../tracker.js';

export type SnapshotsParts = Pick<ModelParts, 'lease'> & {
  readonly reads: Pick<ModelParts['reads'], 'readSince' | 'readUnclear'>;
};

/** When transactions began: what is read in one may be as old as that. */
export class Snapshots {
  readonly #parts: SnapshotsParts;
  /** By transaction; `undefined`: that could not be found out. */
  readonly #begun = new WeakMap<object, Lease | undefined>();

  constructor(parts: SnapshotsParts) {
    this.#parts = parts;
  }

  begins(transaction: object): void {
    let lease: Lease | undefined;
    try {
      lease = this.#parts.lease();
    } catch {
      // A ledger that cannot be read stores no page; who reads in the transaction later is not stored either.
    }
    this.#begun.set(transaction, lease);
  }

  /** To be called with each read in a transaction. */
  reads(transaction: object): void {
    if (!this.#begun.has(transaction)) return;
    const lease = this.#begun.get(transaction);
    if (lease === undefined) this.#parts.reads.readUnclear('it is not known when its transaction began');
    else this.#parts.reads.readSince(lease);
  }
}
