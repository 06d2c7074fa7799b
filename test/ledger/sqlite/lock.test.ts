import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { commitOrRollBack, isBusy, WriteLock } from '../../../src/ledger/sqlite/lock.js';
import { openLedgerFile, valueIn } from '../../helpers/ledger-file.js';

const busy = () => Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });

describe('the turns of one process', () => {
  test('are first come, first served, one at a time', async () => {
    const lock = new WriteLock();
    const events: string[] = [];
    const turns = ['a', 'b', 'c'].map((name) =>
      lock.acquire(
        () => void events.push(`${name} begins`),
        () => events.push(`${name} works`),
      ),
    );
    expect(await Promise.all(turns)).toEqual([2, 4, 6]);
    expect(events).toEqual(['a begins', 'a works', 'b begins', 'b works', 'c begins', 'c works']);
  });

  test('keep their order while the first has to wait for another process', async () => {
    const lock = new WriteLock();
    const events: string[] = [];
    let refusals = 3;
    const begin = (name: string) => () => {
      if (name === 'a' && refusals > 0) {
        refusals -= 1;
        throw busy();
      }
      events.push(name);
    };
    await Promise.all(['a', 'b'].map((name) => lock.acquire(begin(name), () => undefined)));
    expect(events).toEqual(['a', 'b']);
    expect(refusals).toBe(0);
  });

  test('go on after one that failed', async () => {
    const lock = new WriteLock();
    const error = new Error('failed');
    const fail = () => {
      throw error;
    };
    const turns = [
      lock.acquire(fail, () => 1),
      lock.acquire(() => undefined, fail),
      lock.acquire(
        () => undefined,
        () => 3,
      ),
    ];
    const outcomes = await Promise.allSettled(turns);
    expect(outcomes).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: 3 },
    ]);
  });

  test('do no work that did not begin', async () => {
    const lock = new WriteLock();
    let worked = false;
    const turn = lock.acquire(
      () => {
        throw new Error('no');
      },
      () => {
        worked = true;
      },
    );
    await expect(turn).rejects.toThrow('no');
    expect(worked).toBe(false);
  });

  test('have all ended when the lock is idle, those that failed too', async () => {
    const lock = new WriteLock();
    await lock.idle();
    const events: string[] = [];
    let refusals = 2;
    const slow = lock.acquire(
      () => {
        refusals -= 1;
        if (refusals >= 0) throw busy();
      },
      () => events.push('slow'),
    );
    const failed = lock.acquire(
      () => {
        throw new Error('no');
      },
      () => undefined,
    );
    const last = lock.acquire(
      () => undefined,
      () => events.push('last'),
    );
    const settled = Promise.allSettled([slow, failed, last]);
    await lock.idle();
    expect(events).toEqual(['slow', 'last']);
    await settled;
  });
});

describe('waiting for the lock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('lets everything else in the process go on', async () => {
    const lock = new WriteLock();
    let isFree = false;
    let attempts = 0;
    const turn = lock.acquire(
      () => {
        attempts += 1;
        if (!isFree) throw busy();
      },
      () => 'done',
    );
    // Were the waiting a loop, none of these would come.
    while (attempts < 5) await nextTurn();
    isFree = true;
    expect(await turn).toBe('done');
  });

  test('ends after half a minute, and the next in turn tries for itself', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const lock = new WriteLock();
    let attempts = 0;
    const cause = busy();
    const turn = lock.acquire(
      () => {
        attempts += 1;
        // The clock, not the test, takes its time.
        if (attempts === 3) vi.advanceTimersByTime(29_999);
        if (attempts === 4) vi.advanceTimersByTime(2);
        throw cause;
      },
      () => undefined,
    );
    const next = lock.acquire(
      () => undefined,
      () => 'done',
    );
    await expect(turn).rejects.toMatchObject({
      code: 'ERR_LEDGER_BUSY',
      cause,
      message: 'The ledger was locked by other processes for 30 s',
    });
    expect(attempts).toBe(4);
    expect(await next).toBe('done');
  });

  test('is for busy databases only', async () => {
    const lock = new WriteLock();
    let attempts = 0;
    const turn = lock.acquire(
      () => {
        attempts += 1;
        throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
      },
      () => undefined,
    );
    await expect(turn).rejects.toMatchObject({ code: 'SQLITE_FULL' });
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
    const database = openLedgerFile(':memory:');
    onTestFinished(() => database.close());
    database.exec('CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK); BEGIN');
    const insert = (value: number) => database.prepare('INSERT INTO t VALUES (@value)').run({ value });
    return { database, insert, count: () => valueIn(database, 'SELECT count(*) FROM t') };
  };

  test('is committed, and gives its result', () => {
    const { database, insert, count } = open();
    expect(commitOrRollBack(database, () => insert(1).lastInsertRowid)).toBe(1);
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
