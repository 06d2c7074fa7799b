import type { FileMover, Lease, PageEntry, PageRecorder } from '../../ledger/ledger.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import type { PageStore } from '../../store/page-store.js';
import type { StagedPage } from '../../store/stage-page.js';

/** Rows that other processes keep removing between the two transactions, or room that they take; more often than this nobody means it. */
const MAX_RECORDINGS = 20;

export interface PagePlacerParts {
  readonly ledger: PageRecorder;
  readonly store: Pick<PageStore, 'place' | 'remove'>;
  /** Makes room for a page, or tells why there is none. Undefined: the pages of the site have no bound. */
  readonly makeRoomFor: ((page: PageEntry) => Promise<Refusal | undefined>) | undefined;
}

/** What became of a page. */
export type Placed = 'placed' | 'voided' | Refusal;

/** Makes a staged page known and puts it where it is served from, in two transactions. */
export class PagePlacer {
  readonly #parts: PagePlacerParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: PagePlacerParts) {
    this.#parts = parts;
  }

  async place(...page: [entry: PageEntry, lease: Lease, staged: StagedPage]): Promise<Placed> {
    if (this.#parts.makeRoomFor === undefined) return await this.#place(...page);
    // One after the other, so that none takes the room that was made for another.
    const placed = this.#last.then(() => this.#place(...page));
    // A failure is for whoever waits for it; the next one only waits for its end.
    this.#last = placed.catch(() => undefined);
    return await placed;
  }

  async #place(entry: PageEntry, lease: Lease, staged: StagedPage): Promise<Placed> {
    const { ledger, store, makeRoomFor } = this.#parts;
    const mover: FileMover = {
      place: () => store.place(staged, entry.file),
      remove: (file) => store.remove(file),
    };
    let isFull = false;
    for (let recordings = 0; recordings < MAX_RECORDINGS; recordings += 1) {
      // Before its row is made: what is refused leaves none.
      const refusal = await makeRoomFor?.(entry);
      if (refusal !== undefined) return refusal;
      await ledger.record(entry);
      const placement = await ledger.place(entry, lease, mover);
      if (placement === 'placed' || placement === 'voided') return placement;
      isFull = placement === 'full';
    }
    if (isFull) return refuse('no-room', 'other processes have taken the space');
    throw new Error(`The row of ${entry.file} was removed ${MAX_RECORDINGS} times while its page was stored`);
  }
}
