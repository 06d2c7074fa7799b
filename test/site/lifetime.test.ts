import { expect, test } from 'vitest';
import { Lifetime } from '../../src/site/lifetime.js';
import { deferred } from '../helpers/deferred.js';

test('until the end, work is done and its result is handed on', async () => {
  const lifetime = new Lifetime();
  const add = lifetime.during(async (one: number, other: number) => one + other);
  expect(lifetime.isOver()).toBe(false);
  await expect(add(1, 2)).resolves.toBe(3);
});

test('from the beginning of the end on, work is refused', async () => {
  const lifetime = new Lifetime();
  let done = 0;
  const count = lifetime.during(async () => {
    done += 1;
  });
  const { promise, resolve } = deferred();
  const end = lifetime.end(() => promise);
  expect(lifetime.isOver()).toBe(true);
  await expect(count()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  expect(done).toBe(0);
  resolve();
  await end;
});

test('the end comes once, and whoever asks for it waits for the same', async () => {
  const lifetime = new Lifetime();
  let ends = 0;
  const work = async () => {
    ends += 1;
  };
  const [first, second] = [lifetime.end(work), lifetime.end(work)];
  expect(second).toBe(first);
  await first;
  await lifetime.end(work);
  expect(ends).toBe(1);
});
