import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FaultLog } from '../../src/log.js';
import { Background, type Task, type Upkeep } from '../../src/site/background.js';
import { deferred } from '../helpers/deferred.js';
import { RecordingLogger } from '../helpers/recording-logger.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const nothing: Upkeep = { selfTimed: [], recurring: [], atStart: [] };

function newBackground() {
  const logger = new RecordingLogger();
  return { logger, background: new Background(new FaultLog(logger)) };
}

/** Returns a task that records that it was begun. */
function noted(name: string, begun: string[]): Task {
  return { name, work: async () => void begun.push(name) };
}

/** Returns a task that ends when the test resolves or rejects it. */
function held(name: string) {
  const { promise, resolve, reject } = deferred();
  return { task: { name, work: () => promise }, resolve, reject };
}

describe('start()', () => {
  test('begins what is timed by itself and the tasks of a start, in their order, before it returns', () => {
    const { background } = newBackground();
    const begun: string[] = [];
    const selfTimed = { start: () => void begun.push('expiry'), stop: async () => undefined };
    const atStart = ['taking over', 'inspecting'].map((name) => noted(name, begun));
    background.start({ selfTimed: [selfTimed], recurring: [], atStart });
    expect(begun).toEqual(['expiry', 'taking over', 'inspecting']);
  });

  test('begins a recurring task each time that its time has passed, and not before', async () => {
    const { background } = newBackground();
    const begun: string[] = [];
    const recurring = [
      { ...noted('quick', begun), everyMs: 1_000 },
      { ...noted('slow', begun), everyMs: 2_500 },
    ];
    background.start({ ...nothing, recurring });
    await vi.advanceTimersByTimeAsync(999);
    expect(begun).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_001);
    expect(begun).toEqual(['quick', 'quick', 'slow', 'quick']);
    await background.stop();
  });

  test('keeps no process alive', () => {
    vi.useRealTimers();
    const { background } = newBackground();
    const unreferenced = vi.spyOn(globalThis, 'setInterval');
    background.start({ ...nothing, recurring: [{ ...noted('any', []), everyMs: 1_000 }] });
    const timers = unreferenced.mock.results.map(({ value }) => value as NodeJS.Timeout);
    unreferenced.mockRestore();
    expect(timers.map((timer) => timer.hasRef())).toEqual([false]);
    for (const timer of timers) clearInterval(timer);
  });
});

describe('a task that fails', () => {
  test('is reported with its name, and is begun again when its time comes', async () => {
    const { background, logger } = newBackground();
    const error = new Error('disk full');
    let times = 0;
    const work = async () => {
      times += 1;
      throw error;
    };
    background.start({ ...nothing, recurring: [{ name: 'sweeping', everyMs: 1_000, work }] });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(times).toBe(3);
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: sweeping failed in the background',
      'debug: sweeping failed in the background',
      'debug: sweeping failed in the background',
    ]);
    expect(logger.lines[0]?.fields).toEqual({ fault: 'sweeping', err: error });
    await background.stop();
  });

  test('keeps no other from being begun', async () => {
    const { background, logger } = newBackground();
    const begun: string[] = [];
    const failing = { name: 'failing', work: () => Promise.reject(new Error('no')) };
    background.start({
      ...nothing,
      recurring: [
        { ...failing, everyMs: 1_000 },
        { ...noted('recurring', begun), everyMs: 1_000 },
      ],
      atStart: [failing, noted('at start', begun)],
    });
    background.run(failing);
    background.run(noted('later', begun));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun).toEqual(['at start', 'later', 'recurring']);
    expect(logger.lines).toHaveLength(3);
    await background.stop();
  });
});

describe('stop()', () => {
  test('ends every timer', async () => {
    const { background } = newBackground();
    const begun: string[] = [];
    const recurring = ['one', 'other'].map((name) => ({ ...noted(name, begun), everyMs: 1_000 }));
    background.start({ ...nothing, recurring });
    await background.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(begun).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits for what is timed by itself, all of it', async () => {
    const { background } = newBackground();
    const ends = [deferred(), deferred()];
    const asked: number[] = [];
    const selfTimed = ends.map(({ promise }, index) => ({
      start: () => undefined,
      stop: () => {
        asked.push(index);
        return promise;
      },
    }));
    background.start({ ...nothing, selfTimed });
    let stopped = false;
    const stopping = background.stop().then(() => {
      stopped = true;
    });
    expect(asked).toEqual([0, 1]);
    ends[0]?.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toBe(false);
    ends[1]?.resolve();
    await stopping;
  });

  test('does not wait for tasks, and what it cuts short reports no fault', async () => {
    const { background, logger } = newBackground();
    const atStart = held('inspecting');
    const recurring = held('sweeping');
    const later = held('regenerating');
    background.start({
      ...nothing,
      recurring: [{ ...recurring.task, everyMs: 1_000 }],
      atStart: [atStart.task],
    });
    background.run(later.task);
    await vi.advanceTimersByTimeAsync(1_000);
    await background.stop();
    for (const { reject } of [atStart, recurring, later]) reject(new Error('the ledger is closed'));
    await vi.advanceTimersByTimeAsync(0);
    expect(logger.lines).toEqual([]);
  });

  test('before a start does nothing', async () => {
    await expect(newBackground().background.stop()).resolves.toBeUndefined();
  });
});
