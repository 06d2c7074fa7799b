import type { Selector } from '../../../page/selector.js';
import type { Entries } from '../../log.js';
import type { NumberedSelectors, ReceivedEntry, SharedLog, Standing } from '../../shared.js';
import { appendEntries } from '../log.js';
import { type EntryRow, selectorOf } from '../sql/log.js';
import type { Opening, Transactions } from '../transactions.js';
import { standingOf } from './standing.js';
import type { SharedStatements } from './statements.js';

/** How many entries are carried out at once. */
const CARRIED_OUT_AT_ONCE = 1_000;

/** What a ledger keeps if several hosts share a log. */
export class SqliteSharedLog implements SharedLog {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  standing(): Standing {
    return standingIn(this.#transactions.follow());
  }

  begin({ epoch, position }: { readonly epoch: string; readonly position: number }): Promise<void> {
    return this.#transactions.run((opening) => {
      const { epoch: before, received } = standingIn(opening);
      // Another process of this host came first.
      if (before === epoch && received === position) return;
      append(opening, [{ selector: { kind: 'all' }, position }]);
      sharedOf(opening).setStanding.run({ epoch, received: position });
    });
  }

  follow(epoch: string, before: { readonly epoch: string; readonly base: number }): Promise<void> {
    return this.#transactions.run((opening) => {
      const standing = standingIn(opening);
      if (standing.epoch !== before.epoch) return;
      const shared = sharedOf(opening);
      shared.lowerReceived.run({ base: before.base });
      shared.setStanding.run({ epoch, received: Math.min(standing.received, before.base) });
    });
  }

  /** Not durable: a power cut also loses the position, and the entries are read again. */
  receive(epoch: string, entries: readonly ReceivedEntry[]): Promise<void> {
    return this.#transactions.run((opening) => {
      const standing = standingIn(opening);
      const received = entries.filter(({ position }) => position > standing.received);
      const last = received.at(-1);
      if (standing.epoch !== epoch || last === undefined) return;
      const foreign = received.flatMap(({ selector, position }) =>
        selector ? [{ selector, position }] : [],
      );
      append(opening, foreign);
      sharedOf(opening).setStanding.run({ epoch, received: last.position });
    });
  }

  awaiting(): NumberedSelectors {
    const opening = this.#transactions.follow();
    return numbered(opening, sharedOf(opening).received.all({ limit: CARRIED_OUT_AT_ONCE }));
  }

  carriedOut({ generation, sequences }: Entries): Promise<void> {
    return this.#transactions.run((opening) => {
      if (generation !== opening.generation) return;
      for (const sequence of sequences) sharedOf(opening).deleteReceived.run({ sequence });
    });
  }

  unsent(limit: number): NumberedSelectors {
    const opening = this.#transactions.follow();
    return numbered(opening, sharedOf(opening).outbox.all({ limit }));
  }

  sent({ generation, sequences }: Entries): Promise<void> {
    return this.#transactions.run((opening) => {
      if (generation !== opening.generation) return;
      for (const sequence of sequences) sharedOf(opening).deleteOutbox.run({ sequence });
    });
  }
}

function sharedOf({ statements: { shared } }: Opening): SharedStatements {
  if (shared === undefined) throw new Error('This ledger was opened for one host');
  return shared;
}

function standingIn(opening: Opening): Standing {
  return { generation: opening.generation, ...standingOf(sharedOf(opening), opening) };
}

function append(
  opening: Opening,
  received: readonly { readonly selector: Selector; readonly position: number }[],
): void {
  const { statements } = opening;
  const selectors = received.map(({ selector }) => selector);
  appendEntries(statements, selectors, 'delete').forEach((sequence, index) => {
    const position = received[index]?.position ?? 0;
    sharedOf(opening).addReceived.run({ sequence, position });
  });
}

function numbered(
  { generation }: Opening,
  rows: readonly Pick<EntryRow, 'sequence' | 'kind' | 'value' | 'host'>[],
): NumberedSelectors {
  return {
    entries: { generation, sequences: rows.map(({ sequence }) => sequence) },
    selectors: rows.map(selectorOf),
  };
}
