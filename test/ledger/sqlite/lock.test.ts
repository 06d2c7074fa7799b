import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { BATCH_BUDGET_MS, isBusy, WriteLock } from '../../../src/ledger/sqlite/lock.js';
import { commitOrRollBack } from '../../../src/ledger/sqlite/turns/together.js';
import { openLedgerFile, valueIn } from '../../helpers/databases/ledger-file.js';

const busy = () => Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });

/** Opens a database in memory, and a lock for its transactions. `before` may refuse them. */
function start(before: () => void = () => undefined) {
  const database = openLedgerFile(':memory:');
  onTestFinished(() => database.close());
  database.exec(
    'CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK, b REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)',
  );
  database.exec('PRAGMA foreign_keys = ON');
  const events: string[] = [];
  const lock = new WriteLock(() => {
    before();
    database.exec('BEGIN');
    events.push('begin');
    return database;
  });
  const insert = (a: number, b: number | null = null) => {
    database.prepare('INSERT INTO t VALUES (@a, @b)').run({ a, b });
    return a;
  };
  const fail = (error: Error) => {
    throw error;
  };
  return { database, lock, events, insert, fail, count: () => valueIn(database, 'SELECT count(*) FROM t') };
}

/** Takes longer than all turns in one transaction may take together. */
const tooLong = () => {
  const until = performance.now() + 2 * BATCH_BUDGET_MS;
  while (performance.now() < until);
};

/** Stops the clock: on a busy machine, even little work may take longer than one transaction may. */
const stopTheClock = () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  onTestFinished(() => clock.mockRestore());
};

describe('the turns of one process', () => {
  test('are first come, first served, one at a time, and share a transaction', async () => {
    stopTheClock();
    const { lock, events } = start();
    const turns = ['a', 'b', 'c'].map((name) => lock.acquire(() => events.push(name)));
    expect(await Promise.all(turns)).toEqual([2, 3, 4]);
    expect(events).toEqual(['begin', 'a', 'b', 'c']);
  });

  test('come into the transaction of those who asked some promises before', async () => {
    stopTheClock();
    const { lock, events } = start();
    const late = async (name: string, promises: number) => {
      for (let step = 0; step < promises; step += 1) await null;
      return await lock.acquire(() => events.push(name));
    };
    await Promise.all([late('a', 0), late('b', 1), late('c', 20)]);
    expect(events).toEqual(['begin', 'a', 'b', 'c']);
  });

  test('come into the next one when the time is up, after others in the process', async () => {
    const { lock, events, database } = start();
    const first = lock.acquire(() => {
      events.push('slow');
      tooLong();
    });
    const second = lock.acquire(() => events.push('second'));
    await first;
    expect(database.inTransaction).toBe(false);
    setImmediate(() => events.push('something else'));
    await second;
    expect(events).toEqual(['begin', 'slow', 'something else', 'begin', 'second']);
  });

  test('let the event loop turn, however many follow each other', async () => {
    const { lock } = start();
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    const until = performance.now() + 10_000;
    while (!turned && performance.now() < until) await lock.acquire(() => undefined);
    expect(turned).toBe(true);
  });

  test('keep their order while the first has to wait for another process', async () => {
    stopTheClock();
    let refusals = 3;
    const { lock, events } = start(() => {
      refusals -= 1;
      if (refusals >= 0) throw busy();
    });
    await Promise.all(['a', 'b'].map((name) => lock.acquire(() => events.push(name))));
    expect(events).toEqual(['begin', 'a', 'b']);
  });

  test('do no work in a transaction that did not begin, and go on', async () => {
    stopTheClock();
    const error = new Error('no');
    let refusals = 1;
    const { lock, events } = start(() => {
      refusals -= 1;
      if (refusals >= 0) throw error;
    });
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((name) => lock.acquire(() => events.push(name))),
    );
    expect(outcomes).toEqual([
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 2 },
    ]);
    expect(events).toEqual(['begin', 'b']);
  });

  test('have all ended when the lock is idle, those that failed too', async () => {
    stopTheClock();
    let refusals = 2;
    const { lock, events, fail } = start(() => {
      refusals -= 1;
      if (refusals >= 0) throw busy();
    });
    await lock.idle();
    const turns = [
      lock.acquire(() => events.push('slow')),
      lock.acquire(() => fail(new Error('no'))),
      lock.acquire(() => events.push('last')),
    ];
    const settled = Promise.allSettled(turns);
    await lock.idle();
    expect(events).toEqual(['begin', 'slow', 'last']);
    await settled;
  });
});

describe('of turns that share a transaction', () => {
  beforeEach(stopTheClock);

  test('one that throws is undone, and the others are committed', async () => {
    const { lock, insert, fail, count } = start();
    const error = new Error('no');
    const outcomes = await Promise.allSettled([
      lock.acquire(() => insert(1)),
      lock.acquire(() => fail(Object.assign(error, { inserted: insert(2) }))),
      lock.acquire(() => insert(3)),
    ]);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 3 },
    ]);
    expect(count()).toBe(2);
  });

  test('none is told to be done if SQLite has ended it, and those that did not begin are done after', async () => {
    const { lock, insert, count, events } = start();
    const conflict = expect.objectContaining({ code: 'SQLITE_CONSTRAINT_UNIQUE' });
    const outcomes = await Promise.allSettled([1, 1, 2].map((value) => lock.acquire(() => insert(value))));
    expect(outcomes).toEqual([
      { status: 'rejected', reason: conflict },
      { status: 'rejected', reason: conflict },
      { status: 'fulfilled', value: 2 },
    ]);
    expect(count()).toBe(1);
    expect(events).toEqual(['begin', 'begin']);
  });

  test('none is told to be done if the commit fails', async () => {
    const { lock, database, insert, count } = start();
    const missing = 7;
    const outcomes = await Promise.allSettled([
      lock.acquire(() => insert(1)),
      lock.acquire(() => insert(2, missing)),
    ]);
    const reason = expect.objectContaining({ code: 'SQLITE_CONSTRAINT_FOREIGNKEY' });
    expect(outcomes).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    expect(database.inTransaction).toBe(false);
    expect(count()).toBe(0);
  });
});

describe('work that is done at once', () => {
  test('comes before turns that have not begun, and not while another process is in the way', async () => {
    let refusals = 1;
    const { lock, events } = start(() => {
      refusals -= 1;
      if (refusals === 0) throw busy();
    });
    const now = (name: string) => lock.tryNow(() => ({ place: events.push(name) }));
    refusals = 0;
    const turn = lock.acquire(() => events.push('turn'));
    expect(now('now')).toEqual({ place: 2 });
    refusals = 1;
    await nextTurn();
    expect(now('meanwhile')).toBeUndefined();
    await turn;
    expect(now('later')).toEqual({ place: 6 });
    expect(events).toEqual(['begin', 'now', 'begin', 'turn', 'begin', 'later']);
  });
});

describe('waiting for the lock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('lets everything else in the process go on', async () => {
    let isFree = false;
    let attempts = 0;
    const { lock } = start(() => {
      attempts += 1;
      if (!isFree) throw busy();
    });
    const turn = lock.acquire(() => 'done');
    // If the lock waited in a loop, these turns would never come.
    while (attempts < 5) await nextTurn();
    isFree = true;
    expect(await turn).toBe('done');
  });

  test('ends after half a minute, and who came later tries for itself', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    let attempts = 0;
    let next: Promise<string> | undefined;
    const cause = busy();
    const { lock } = start(() => {
      attempts += 1;
      if (attempts === 2) next = lock.acquire(() => 'done');
      // Only the clock advances; the test does not wait.
      if (attempts === 3) vi.advanceTimersByTime(29_999);
      if (attempts === 4) vi.advanceTimersByTime(2);
      if (attempts <= 4) throw cause;
    });
    const turns = [lock.acquire(() => undefined), lock.acquire(() => undefined)];
    const reason = expect.objectContaining({
      code: 'ERR_LEDGER_BUSY',
      cause,
      message: 'The ledger was locked by other processes for 30 s',
    });
    expect(await Promise.allSettled(turns)).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    expect(attempts).toBe(4);
    expect(await next).toBe('done');
  });

  test('is for busy databases only', async () => {
    let attempts = 0;
    const { lock } = start(() => {
      attempts += 1;
      throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    });
    await expect(lock.acquire(() => undefined)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    expect(attempts).toBe(1);
  });
});

test.each([
  ['SQLITE_BUSY', true],
  ['SQLITE_BUSY_SNAPSHOT', true],
  ['SQLITE_BUSY_RECOVERY', true],
  ['SQLITE_LOCKED', false],
  ['SQLITE_FULL', false],
  ['EBUSY', false],
  [undefined, false],
])('the code %s is busy: %s', (code, expected) => {
  expect(isBusy(Object.assign(new Error(), { code }))).toBe(expected);
});

describe('work in a transaction', () => {
  const open = () => {
    const { database, insert, count } = start();
    database.exec('BEGIN');
    return { database, insert, count };
  };

  test('is committed, and gives its result', () => {
    const { database, insert, count } = open();
    expect(commitOrRollBack(database, () => insert(1))).toBe(1);
    expect(database.inTransaction).toBe(false);
    expect(count()).toBe(1);
  });

  test('is rolled back if it throws', () => {
    const { database, insert, count } = open();
    const error = new Error('no');
    const work = () => {
      insert(1);
      throw error;
    };
    expect(() => commitOrRollBack(database, work)).toThrow(error);
    expect(database.inTransaction).toBe(false);
    expect(count()).toBe(0);
  });

  test('may have been rolled back by SQLite already', () => {
    const { database, insert, count } = open();
    const work = () => {
      insert(1);
      insert(1);
    };
    expect(() => commitOrRollBack(database, work)).toThrow(
      expect.objectContaining({ code: 'SQLITE_CONSTRAINT_UNIQUE' }),
    );
    expect(database.inTransaction).toBe(false);
    expect(count()).toBe(0);
  });
});
