import type { ClaimedPurge, ClaimOptions, Purge, PurgeOutbox } from '../../purges.js';
import type { Statements } from '../statements.js';
import type { Opening, Transactions } from '../transactions.js';
import { columnsOf, notePurges } from './notes.js';
import { type PurgeStatements, WAITING } from './statements.js';

/** Longer than a service takes to answer: a process that has not marked its purges by then has died. */
const CLAIM_MS = 30_000;
/** Longer than renders take. After it, a page is purged that a killed process sent to the CDN without recording it. */
const PASSING_MS = 10 * 60_000;
/** A purge that is due later than this was noted before the clock was set back, so it is due now. */
const HORIZON_MS = 2 * 60 * 60 * 1000;

/** The purges of a ledger whose site has a CDN. */
export class SqlitePurges implements PurgeOutbox {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  note(purges: readonly Purge[]): Promise<void> {
    return this.#transactions.run(({ statements }) => notePurges(statements, purges));
  }

  last(): number {
    return Number(purgesOf(this.#transactions.follow()).last.get());
  }

  isSent(upTo: number): boolean {
    const first = purgesOf(this.#transactions.follow()).firstWaiting.get();
    return first === undefined || first === null || first > upTo;
  }

  hasDue(now: number): boolean {
    const { anyDue } = purgesOf(this.#transactions.opening);
    return anyDue.get({ now, horizon: now + HORIZON_MS }) !== undefined;
  }

  claim({ now, limit, maxWaiting }: ClaimOptions): Promise<readonly ClaimedPurge[]> {
    return this.#transactions.run((opening) => {
      const purges = purgesOf(opening);
      if (Number(purges.waiting.get()) > maxWaiting) purgeAllInstead(opening.statements, purges);
      const rows = purges.due.all({ now, horizon: now + HORIZON_MS, limit });
      // The purge of everything may cover the others that are due.
      const taken = rows[0]?.kind === 'all' ? rows.slice(0, 1) : rows;
      for (const { sequence } of taken) purges.claim.run({ sequence, until: now + CLAIM_MS });
      return taken.map((row) => ({
        ...purgeOf(row),
        sequence: row.sequence,
        isAgain: row.round !== WAITING,
      }));
    });
  }

  markTaken(claimed: readonly ClaimedPurge[], againAt: number | undefined): Promise<void> {
    return this.#transactions.run((opening) => {
      const purges = purgesOf(opening);
      for (const one of claimed) {
        const { sequence } = one;
        if (!one.isAgain) purges.keepNewer.run({ ...columnsOf(one), sequence });
        if (one.kind === 'all') purges.forgetCovered.run({ sequence });
        if (one.isAgain || againAt === undefined) purges.forget.run({ sequence });
        else purges.sendAgain.run({ sequence, due: againAt });
      }
    });
  }

  releaseAll(): Promise<void> {
    return this.#transactions.run((opening) => {
      purgesOf(opening).releaseAll.run();
    });
  }

  release(claimed: readonly ClaimedPurge[]): Promise<void> {
    return this.#transactions.run((opening) => {
      for (const { sequence } of claimed) purgesOf(opening).claim.run({ sequence, until: 0 });
    });
  }

  begin(host: string, path: string): number | undefined {
    return this.#transactions.runNow((opening) => {
      const purges = purgesOf(opening);
      purges.count.run();
      purges.addPassing.run({ host, value: path, due: Date.now() + PASSING_MS });
      return { begun: Number(purges.last.get()) };
    })?.begun;
  }

  ended(begun: number): Promise<void> {
    return this.#transactions.run((opening) => {
      purgesOf(opening).forget.run({ sequence: begun });
    });
  }
}

function purgesOf({ statements: { purges } }: Opening): PurgeStatements {
  if (purges === undefined) throw new Error('This ledger was opened for a site without a CDN');
  return purges;
}

function purgeAllInstead(statements: Statements, purges: PurgeStatements): void {
  const since = Number(purges.firstWaiting.get());
  purges.forgetAll.run();
  notePurges(statements, [{ kind: 'all' }]);
  // Callers that wait for the purges that were here wait for this one.
  purges.backdateAll.run({ since });
}

function purgeOf({
  kind,
  host,
  value,
}: {
  readonly kind: string;
  readonly host: string;
  readonly value: string;
}): Purge {
  if (kind === 'all') return { kind };
  return kind === 'tag' ? { kind, tag: value } : { kind: 'page', host, path: value };
}
