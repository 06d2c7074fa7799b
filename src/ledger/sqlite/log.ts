import type { Selector } from '../../page/selector.js';
import {
  type AppendPurpose,
  type Entries,
  type IntendedEntry,
  type InvalidationLog,
  isForAllHosts,
  type Lease,
  type Leases,
} from '../log.js';
import { notePassing } from './purges/notes.js';
import { APPLIED, INTENDED, REGENERATING, selectorOf, storedKind, UNAPPLIED } from './sql/log.js';
import type { Statements } from './statements.js';
import type { Opening, Transactions } from './transactions.js';

/** How many applied entries are kept, so that the leases of long renders can be checked. */
const KEPT_ENTRIES = 10_000;
const COMPACT_EVERY = 1_000;
const stateAtAppend = {
  ...{ delete: UNAPPLIED, regenerate: REGENERATING, intend: INTENDED },
  ...{ void: APPLIED, warm: APPLIED, mark: APPLIED },
} as const;

/** The log of invalidations, and the leases that it voids. */
export class SqliteLog implements Leases, InvalidationLog {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  lease(): Lease {
    const { generation, statements } = this.#transactions.follow();
    return { generation, sequence: Number(statements.lastSequence.get()) };
  }

  append(
    selectors: readonly Selector[],
    purpose: AppendPurpose,
    intended: readonly Entries[] = [],
  ): Promise<Entries> {
    return this.#transactions.run((opening) => {
      const { generation, statements } = opening;
      settleIn(opening, intended);
      const sequences = appendEntries(statements, selectors, purpose);
      if (isForAllHosts(purpose)) noteUnsent(statements, selectors, sequences);
      if (purpose === 'regenerate' || purpose === 'void') notePassing(statements, selectors);
      return { generation, sequences };
    });
  }

  flush(): Promise<void> {
    return this.#transactions.flush();
  }

  intend(selectors: readonly Selector[]): Entries | Promise<Entries> {
    const work = intending(selectors);
    return this.#transactions.runNow(work) ?? this.#transactions.run(work);
  }

  intendNow(selectors: readonly Selector[]): Entries {
    return this.#transactions.runBlocking(intending(selectors));
  }

  async settle(intended: readonly Entries[]): Promise<void> {
    const work = (opening: Opening) => {
      settleIn(opening, intended);
      return opening;
    };
    if (this.#transactions.runNow(work) === undefined) await this.#transactions.run(work);
  }

  intended(): { readonly generation: number; readonly entries: readonly IntendedEntry[] } {
    const { generation, statements } = this.#transactions.opening;
    const rows = statements.intended.all();
    return {
      generation,
      entries: rows.map((row) => ({ sequence: row.sequence, selector: selectorOf(row) })),
    };
  }

  markApplied({ generation, sequences }: Entries): Promise<void> {
    return this.#transactions.run((opening) => {
      if (generation !== opening.generation) return;
      for (const sequence of sequences) opening.statements.mark.run({ sequence, applied: APPLIED });
    });
  }

  unapplied(): Entries {
    const { generation, statements } = this.#transactions.opening;
    return { generation, sequences: statements.unapplied.all().map(({ sequence }) => sequence) };
  }

  async claimRegenerating(): Promise<void> {
    await this.#transactions.run(({ statements }) => statements.claimRegenerating.run());
  }
}

function intending(selectors: readonly Selector[]): (opening: Opening) => Entries {
  return ({ generation, statements }) => ({
    generation,
    sequences: appendEntries(statements, selectors, 'intend'),
  });
}

/** Appends entries and returns their sequences. */
export function appendEntries(
  statements: Statements,
  selectors: readonly Selector[],
  purpose: keyof typeof stateAtAppend,
): readonly number[] {
  const [applied, at] = [stateAtAppend[purpose], Date.now()];
  const sequences = selectors.map((selector) => {
    const { kind, value, host } = columnsOf(selector);
    const row = { kind: storedKind(kind, purpose), value, host, applied, at };
    return Number(statements.appendEntry.run(row).lastInsertRowid);
  });
  if (sequences.some((sequence) => sequence % COMPACT_EVERY === 0)) compact(statements);
  return sequences;
}

function columnsOf(selector: Selector) {
  const { kind } = selector;
  return {
    kind,
    value: kind === 'all' ? '' : selector.value,
    host: kind === 'path' ? (selector.host ?? null) : null,
  };
}

/** Adds selectors to the outbox. Does nothing if the site has one host. */
function noteUnsent(
  { shared }: Statements,
  selectors: readonly Selector[],
  sequences: readonly number[],
): void {
  selectors.forEach((selector, index) => {
    const { kind, value, host } = columnsOf(selector);
    shared?.addOutbox.run({ kind, value, host: host ?? '', sequence: sequences[index] ?? 0 });
  });
}

function settleIn({ generation, statements }: Opening, intended: readonly Entries[]): void {
  for (const one of intended)
    if (one.generation === generation)
      for (const sequence of one.sequences) statements.settle.run({ sequence });
}

/** Removes old entries from the log and records up to which one, so that older leases are refused. */
function compact(statements: Statements): void {
  const last = Number(statements.lastSequence.get());
  const firstUnapplied = statements.firstOpen.get()?.sequence ?? last;
  const firstReceived = statements.shared?.firstReceived.get() ?? last;
  const floor = Math.min(last - KEPT_ENTRIES, firstUnapplied - 1, firstReceived - 1);
  if (floor <= 0) return;
  statements.deleteEntries.run({ sequence: floor });
  statements.raiseFloor.run({ sequence: floor });
}
