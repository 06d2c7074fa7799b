import type { Contradiction, ContradictionLog } from '../../contradictions.js';
import type { ContradictionRow } from '../sql/learned.js';
import type { Transactions } from '../transactions.js';

/** If there are more than this, all are forgotten at once: none counts for long. */
const MAX_NOTED = 10_000;

/** Notes and finds contradictions. */
export class SqliteContradictions implements ContradictionLog {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  noteContradictions(generation: number, found: readonly Contradiction[]): Promise<void> {
    return this.#transactions.run(({ statements, ...opening }) => {
      if (generation !== opening.generation) return;
      statements.forgetContradictions.run({ now: Date.now() });
      if (Number(statements.countContradictions.get()) > MAX_NOTED)
        statements.forgetContradictions.run({ now: Number.MAX_SAFE_INTEGER });
      for (const one of found) statements.addContradiction.run(rowOf(one));
    });
  }

  contradictionsOf(host: string, path: string): readonly Contradiction[] {
    return this.#transactions.opening.statements.contradictions.all({ host, path }).map(contradictionOf);
  }
}

function rowOf({ scheme, tags, ...rest }: Contradiction): ContradictionRow {
  return { ...rest, scheme: scheme ?? '', tags: JSON.stringify(tags) };
}

function contradictionOf({ scheme, tags, ...rest }: ContradictionRow): Contradiction {
  const written: readonly string[] = JSON.parse(tags);
  return { ...rest, scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined, tags: written };
}
