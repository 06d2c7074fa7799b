import type { Lease } from '../../ledger/ledger.js';
import type { RenderIncludes } from '../includes/render-includes.js';

/** Code that reads: a render, or a request that makes no page. */
export interface Reader {
  /** Its position in the order in which readers began. */
  readonly begun: number;
  /** The right of a render to store its page, taken before its first read. */
  readonly lease: Lease | undefined;
  /** The islands that are put into its response. `undefined` if none are put in. */
  readonly includes?: RenderIncludes | undefined;
}

/** What one reader has read while others are under way. */
export interface LoggedRead {
  readonly reader: Reader;
  readonly tags: readonly string[];
  /** Whether an adapter has read it from a database. Otherwise, the app itself has reported it. */
  readonly isRead: boolean;
  /** Why it is not known what was read. */
  readonly unclear?: string;
  /** If the rows may be older: the lease since which their changes are known. */
  readonly lease?: Lease;
}

/** How many reads are kept while one render takes long. */
const MAX_READS = 10_000;

/** Who has read what since the oldest render that is under way began. */
export class ReadLog {
  #reads: LoggedRead[] = [];
  /** How many reads there were before those that are kept. */
  #dropped = 0;

  /** The position of its end. */
  get end(): number {
    return this.#dropped + this.#reads.length;
  }

  add(read: LoggedRead): void {
    this.#reads.push(read);
    if (this.#reads.length > MAX_READS) this.dropBefore(this.#dropped + MAX_READS / 2);
  }

  /** Returns what has been read since this position; `undefined` if that is no longer kept. */
  since(place: number): readonly LoggedRead[] | undefined {
    return place < this.#dropped ? undefined : this.#reads.slice(place - this.#dropped);
  }

  /** Drops the reads that no render needs any more. */
  dropBefore(place: number): void {
    if (place <= this.#dropped) return;
    this.#reads = this.#reads.slice(place - this.#dropped);
    this.#dropped = place;
  }
}
