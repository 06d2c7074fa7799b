import type { FileMover, Lease, PageEntry, PageRecorder } from '../../ledger/ledger.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import type { PageStore } from '../../store/page-store.js';
import type { StagedPage } from '../../store/stage-page.js';

/** How often a page is recorded while other processes keep removing its row or taking its room: never on purpose. */
const MAX_RECORDINGS = 20;

export interface PagePlacerParts {
  readonly ledger: PageRecorder;
  readonly store: Pick<PageStore, 'place' | 'remove'>;
  /** Makes room for a page, or returns why there is none. `undefined` if the pages of the site have no limit. */
  readonly makeRoomFor: ((page: PageEntry) => Promise<Refusal | undefined>) | undefined;
}

/** What became of a page. */
export type Placed = 'placed' | 'voided' | Refusal;

/** Records a staged page and moves it to the file from which it is served, in two transactions. */
export class PagePlacer {
  readonly #parts: PagePlacerParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: PagePlacerParts) {
    this.#parts = parts;
  }

  async place(...page: [entry: PageEntry, lease: Lease, staged: StagedPage]): Promise<Placed> {
    if (this.#parts.makeRoomFor === undefined) return await this.#place(...page);
    // One page after the other, so that no page takes the room that was made for another.
    const placed = this.#last.then(() => this.#place(...page));
    // A failure is for the caller that waits for it. The next page only waits until this one is done.
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
      // Before the row is made: a page that is refused leaves no row.
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
