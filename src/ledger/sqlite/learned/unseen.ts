import type { NotedUnseen, Unseen, UnseenLog } from '../../unseen.js';
import type { Statements } from '../statements.js';
import type { Transactions } from '../transactions.js';

/** The maximum: without it, apps that create databases, such as those of tests, would make the ledger grow. */
const MAX_DATABASES = 20;

/** Notes what adapters cannot see. */
export class SqliteUnseen implements UnseenLog {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  noteUnseen({ database, found }: Unseen): Promise<void> {
    return this.#transactions.run(({ statements }) => {
      statements.setUnseen.run({ database, found: JSON.stringify(found), at: Date.now() });
      statements.trimUnseen.run({ kept: MAX_DATABASES });
    });
  }

  unseen(): readonly NotedUnseen[] {
    return unseenIn(this.#transactions.opening.statements);
  }
}

export function unseenIn({ unseen }: Pick<Statements, 'unseen'>): readonly NotedUnseen[] {
  return unseen.all().map(({ found, ...row }) => ({ ...row, found: JSON.parse(found) as Unseen['found'] }));
}
