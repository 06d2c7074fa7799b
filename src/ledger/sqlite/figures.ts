import type { Measured, Visited } from '../../metrics.js';
import { UNVOUCHED } from '../../page/request/gate.js';
import type { FigureRecorder } from '../figures.js';
import { noteHistory } from './overview/recording.js';
import type { Statements } from './statements.js';
import type { Transactions } from './transactions.js';

/** The number of pages whose last refusal is kept. */
const KEPT_REFUSALS = 10_000;

/** The number of pages whose hits are kept. If there are a quarter more, those with the fewest hits are removed. */
const KEPT_PAGES = 10_000;
/** The number of rules whose visits are kept, including rules that `urls` no longer has. */
const KEPT_RULES = 1_000;

/** Collects figures; the reader shows them. */
export class SqliteFigures implements FigureRecorder {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  note(measured: Measured): Promise<void> {
    const { counts, visited, refusals, nginx } = measured;
    return this.#transactions.run(({ statements }) => {
      noteHistory(measured, statements);
      for (const [name, by] of counts) statements.addToCounter.run({ name, by });
      if (visited !== undefined) addVisits(visited, statements);
      for (const refusal of refusals)
        statements.addRefusal.run({ ...refusal, detail: refusal.detail ?? null });
      statements.trimRefusals.run({ kept: KEPT_REFUSALS });
      if (nginx === undefined) return;
      statements.forgetNginx.run({ fingerprint: nginx.fingerprint, unvouched: UNVOUCHED });
      statements.addNginx.run(nginx);
    });
  }
}

function addVisits({ rules, pages }: Visited, statements: Statements): void {
  for (const [rule, visits] of rules) statements.addRuleVisits.run({ rule, ...visits });
  for (const page of pages) statements.addPageHits.run(page);
  if (rules.size > 0) statements.trimRuleVisits.run({ kept: KEPT_RULES });
  if (pages.length > 0 && Number(statements.countPageHits.get()) > KEPT_PAGES * 1.25)
    statements.trimPageHits.run({ kept: KEPT_PAGES });
}
