import type { Dialect } from './dialect.js';
import { isWord, type Token } from './syntax/tokens.js';

/** What a statement does to its transaction. A `flush` may have committed what came before; the transaction goes on. */
export type TransactionStep = 'begin' | 'commit' | 'rollback' | 'flush';

/** Returns the steps of several statements, in their order. A rollback to a savepoint is not a step. */
export function stepsIn(
  statements: readonly (readonly Token[])[],
  { mayCommit }: Pick<Dialect, 'mayCommit'> = {},
): readonly TransactionStep[] {
  const before = (statement: readonly Token[]): readonly TransactionStep[] =>
    mayCommit?.(statement) === true ? ['flush'] : [];
  // The body of what it creates has statements of its own, which do not run now.
  if (isWord(statements[0]?.[0], 'create')) return before(statements[0] ?? []);
  return statements.flatMap((statement) => {
    const step = stepOf(statement);
    if (step === undefined || step === 'begin') return [...before(statement), ...(step ? [step] : [])];
    return chains(statement) ? [step, 'begin'] : [step];
  });
}

function stepOf(statement: readonly Token[]): TransactionStep | undefined {
  const [first, second] = statement;
  if (isWord(second, 'prepared')) return undefined;
  if (isWord(first, 'begin', 'start')) return 'begin';
  // Another statement commits a prepared transaction, sooner or later, so PREPARE TRANSACTION counts as the commit.
  if (isWord(first, 'commit', 'end') || (isWord(first, 'prepare') && isWord(second, 'transaction')))
    return 'commit';
  if (!isWord(first, 'rollback', 'abort')) return undefined;
  return statement.some((token) => isWord(token, 'to')) ? undefined : 'rollback';
}

function chains(statement: readonly Token[]): boolean {
  return statement.some((token, at) => isWord(token, 'chain') && isWord(statement[at - 1], 'and'));
}
