import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { mapConcurrently, Workers } from '../src/concurrency.js';

test('results come in the order of the items, and no more than asked for are under way', async () => {
  let running = 0;
  let most = 0;
  const work = async (item: number) => {
    most = Math.max(most, ++running);
    for (let turns = 0; turns < 5 - (item % 5); turns += 1) await turn();
    running -= 1;
    return item * 2;
  };
  const items = Array.from({ length: 20 }, (_value, index) => index);
  expect(await mapConcurrently(items, work, { concurrency: 3 })).toEqual(items.map((item) => item * 2));
  expect(most).toBe(3);
});

test('a failure is passed on when the work under way has ended, and nothing more is begun', async () => {
  const ended: number[] = [];
  const work = async (item: number) => {
    if (item === 1) throw new Error('one');
    await turn();
    ended.push(item);
  };
  await expect(mapConcurrently([0, 1, 2, 3, 4], work, { concurrency: 2 })).rejects.toThrow('one');
  expect(ended).toEqual([0]);
});

test('an abort stops the taking of items, with its reason', async () => {
  const controller = new AbortController();
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item === 1) controller.abort(new Error('enough'));
    await turn();
  };
  const done = mapConcurrently([0, 1, 2, 3], work, { concurrency: 1, signal: controller.signal });
  await expect(done).rejects.toThrow('enough');
  expect(begun).toEqual([0, 1]);
});

/** Makes workers on a list of names. Each name that is done adds the names that it leads to. */
function workersOn(found: Readonly<Record<string, readonly string[]>>, ...names: string[]) {
  const queue = [...names];
  const done: string[] = [];
  const workers = new Workers(() => {
    const name = queue.shift();
    if (name === undefined) return undefined;
    return async () => {
      await turn();
      if (name.startsWith('bad')) throw new Error(name);
      done.push(name);
      queue.push(...(found[name] ?? []));
    };
  });
  return { workers, done };
}

test('workers who have nothing to do wait for what others may find', async () => {
  const { workers, done } = workersOn({ a: ['b', 'c'], c: ['d'] }, 'a');
  await workers.run({ concurrency: 3 });
  expect(done).toEqual(['a', 'b', 'c', 'd']);
});

test('after a failure no worker begins anything, and what is under way is waited for', async () => {
  const { workers, done } = workersOn({ b: ['c'] }, 'bad', 'b');
  await expect(workers.run({ concurrency: 2 })).rejects.toThrow('bad');
  expect(done).toEqual(['b']);
});

test('aborted workers stop, and whoever asked for it sees to the rest', async () => {
  const { workers, done } = workersOn({ a: ['b'] }, 'a');
  await workers.run({ concurrency: 2, signal: AbortSignal.abort() });
  expect(done).toEqual([]);
});
