import type { Measured } from '../../metrics.js';
import { UNVOUCHED } from '../../page/request/gate.js';
import type { FigureRecorder } from '../figures.js';
import type { Transactions } from './transactions.js';

/** Pages whose last refusal is remembered. */
const KEPT_REFUSALS = 10_000;

/** Collects figures; the reader shows them. */
export class SqliteFigures implements FigureRecorder {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  note({ counts, refusals, nginx }: Measured): Promise<void> {
    return this.#transactions.run('NORMAL', ({ statements }) => {
      for (const [name, by] of counts) statements.addToCounter.run({ name, by });
      for (const refusal of refusals)
        statements.addRefusal.run({ ...refusal, detail: refusal.detail ?? null });
      statements.trimRefusals.run({ kept: KEPT_REFUSALS });
      if (nginx === undefined) return;
      statements.forgetNginx.run({ fingerprint: nginx.fingerprint, unvouched: UNVOUCHED });
      statements.addNginx.run(nginx);
    });
  }
}
