import type { SqliteDatabase } from '../../../sqlite/database.js';

/** Work that waits for a transaction, and the functions that settle the promise of its caller. */
export interface Turn {
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs work in the open transaction, and commits. If the work throws, rolls back and rethrows. */
export function commitOrRollBack<T>(database: SqliteDatabase, work: () => T): T {
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Takes turns from a queue, at least one and more until the time is up, and does their work in the open transaction,
 * with one commit for all. A turn that throws rejects alone. All turns settle after the commit.
 */
export function workTogether(database: SqliteDatabase, queue: Turn[], deadline: number): void {
  const taken: Turn[] = [];
  const take = () => {
    const turn = queue.shift();
    if (turn !== undefined) taken.push(turn);
    return turn;
  };
  try {
    const ends = commitOrRollBack(database, () => runAll(database, take, queue.length === 1, deadline));
    for (const end of ends) end();
  } catch (error) {
    for (const { reject } of taken) reject(error);
  }
}

type End = () => void;

function runAll(
  database: SqliteDatabase,
  take: () => Turn | undefined,
  isAlone: boolean,
  deadline: number,
): readonly End[] {
  const ends: End[] = [];
  for (let turn = take(); turn !== undefined; turn = performance.now() < deadline ? take() : undefined)
    ends.push(isAlone ? run(turn) : runApart(database, turn));
  return ends;
}

function run({ work, resolve }: Turn): End {
  const result = work();
  return () => resolve(result);
}

/** Runs a turn. If it throws, only its own changes are undone. */
function runApart(database: SqliteDatabase, turn: Turn): End {
  database.exec('SAVEPOINT turn');
  try {
    const end = run(turn);
    database.exec('RELEASE turn');
    return end;
  } catch (error) {
    // An error such as a full disk has ended the whole transaction: nothing of it was done.
    if (!database.inTransaction) throw error;
    database.exec('ROLLBACK TO turn; RELEASE turn');
    return () => turn.reject(error);
  }
}
