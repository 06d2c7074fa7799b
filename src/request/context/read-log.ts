import type { Lease } from '../../ledger/ledger.js';
import type { RenderIncludes } from '../includes/render-includes.js';

/** Somebody who reads: a render, or a request that makes no page. */
export interface Reader {
  /** Its place in the order in which readers began. */
  readonly begun: number;
  /** The right of a render to store its page; from before its first read. */
  readonly lease: Lease | undefined;
  /** The islands of its response that are put into it. Undefined: nobody puts them in. */
  readonly includes?: RenderIncludes | undefined;
}

/** A read of somebody, while others are under way. */
export interface LoggedRead {
  readonly reader: Reader;
  readonly tags: readonly string[];
  /** Of a database, by an adapter; or what the app itself has said. */
  readonly isRead: boolean;
  /** Why it is not known what was read. */
  readonly unclear?: string;
  /** If it may be of rows as they were before: since when it is told of what has changed. */
  readonly lease?: Lease;
}

/** More reads than this are not kept while one render takes its time. */
const MAX_READS = 10_000;

/** What was read by whom, since the oldest render that is under way began. */
export class ReadLog {
  #reads: LoggedRead[] = [];
  /** How many reads there were before those that are kept. */
  #dropped = 0;

  /** Where it ends now. */
  get end(): number {
    return this.#dropped + this.#reads.length;
  }

  add(read: LoggedRead): void {
    this.#reads.push(read);
    if (this.#reads.length > MAX_READS) this.dropBefore(this.#dropped + MAX_READS / 2);
  }

  /** What has been read from this place on; undefined: that is not kept any more. */
  since(place: number): readonly LoggedRead[] | undefined {
    return place < this.#dropped ? undefined : this.#reads.slice(place - this.#dropped);
  }

  /** Forgets what nobody asks for any more. */
  dropBefore(place: number): void {
    if (place <= this.#dropped) return;
    this.#reads = this.#reads.slice(place - this.#dropped);
    this.#dropped = place;
  }
}
