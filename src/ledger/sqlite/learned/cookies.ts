import type { CookieLog, Learning } from '../../cookies.js';
import { appendEntries } from '../log.js';
import { UNAPPLIED } from '../sql/log.js';
import type { Statements } from '../statements.js';
import type { Opening, Transactions } from '../transactions.js';

/** The maximum: without it, an app that keeps setting new names would have its pages invalidated with each one. */
const MAX_LEARNED = 20;

/** Learns names of cookies, and reads them without a transaction. */
export class SqliteCookies implements CookieLog {
  readonly #transactions: Transactions;
  #read: { readonly opening: Opening; readonly version: number } | undefined;
  #names: readonly string[] = [];

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  learnedCookies(): readonly string[] {
    const { opening } = this.#transactions;
    const version = this.#transactions.version();
    if (this.#read?.opening === opening && this.#read.version === version) return this.#names;
    const names = opening.statements.cookies.all().map(({ name }) => name);
    if (names.join() !== this.#names.join()) this.#names = names;
    this.#read = { opening, version };
    return this.#names;
  }

  /** Makes the next call read the names again: a commit of this connection does not change the version. */
  forget(): void {
    this.#read = undefined;
  }

  async learnCookies(names: readonly string[], takesRoom: (name: string) => boolean): Promise<Learning> {
    const learning = await this.#transactions.run(({ generation, statements }) => {
      const rows = statements.cookies.all();
      const isThere = (name: string) => rows.some((row) => row.name === name);
      const taken = rows.filter(({ name }) => takesRoom(name)).length;
      const missing = names.filter((name) => !isThere(name));
      const learned = missing.slice(0, Math.max(0, MAX_LEARNED - taken));
      if (learned.length > 0) addCookies(learned, statements);
      const sequences = statements.cookies.all().filter(({ name }) => names.includes(name));
      const entries = { generation, sequences: unapplied(sequences, statements) };
      return { learned, refused: missing.slice(learned.length), entries };
    });
    await this.#transactions.flush();
    return learning;
  }
}

/** Adds names, and invalidates all pages. Other hosts have lists of their own, so nothing is sent to them. */
function addCookies(names: readonly string[], statements: Statements): void {
  const [sequence = 0] = appendEntries(statements, [{ kind: 'all' }], 'delete');
  for (const name of names) statements.addCookie.run({ name, sequence });
}

function unapplied(
  rows: readonly { readonly sequence: number }[],
  { entry }: Pick<Statements, 'entry'>,
): readonly number[] {
  const sequences = [...new Set(rows.map(({ sequence }) => sequence))];
  return sequences.filter((sequence) => entry.get({ sequence })?.applied === UNAPPLIED);
}
