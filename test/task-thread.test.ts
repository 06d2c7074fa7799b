import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { threadId } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TaskThread } from '../src/task-thread.js';
import { PATIENCE_MS } from './helpers/patience.js';
import { temporaryFolder } from './helpers/temporary.js';

const module = new URL('helpers/process/odd-thread.mjs', import.meta.url);
let modules = 0;

/** Returns a module for which no other test has left a thread. */
function ownModule(): URL {
  modules += 1;
  return new URL(`?${modules}`, module);
}

function startThread({ moduleUrl = ownModule(), gatherMs = 0, isStateless = true } = {}) {
  const here: unknown[] = [];
  const unavailable: unknown[] = [];
  const work = (word: string): unknown => {
    here.push(word);
    if (word === 'throw') throw new Error('thrown here');
    return `${word} here`;
  };
  const onUnavailable = (error: unknown) => void unavailable.push(error);
  const thread = new TaskThread<string, unknown>({
    ...{ module: moduleUrl, work, onUnavailable, gatherMs, isStateless },
  });
  onTestFinished(() => thread.close());
  return { thread, here, unavailable };
}

/** Runs a process that has a thread. Returns what it prints. */
async function runProcess(
  script: string,
  { nodeArguments = [], gatherMs = 0 }: { nodeArguments?: readonly string[]; gatherMs?: number } = {},
) {
  const built = new URL('../dist/task-thread.js', import.meta.url).href;
  const text = `import { TaskThread } from '${built}';
    const thread = new TaskThread({ module: new URL('${module.href}'), work: String, onUnavailable: console.log, gatherMs: ${gatherMs} });
    ${script}`;
  const given = [...nodeArguments, '--input-type=module', '--eval', text];
  return (await promisify(execFile)(process.execPath, given, { timeout: PATIENCE_MS })).stdout;
}

test('tasks are done in another thread, in their order', async () => {
  const { thread, here } = startThread();
  const ended: string[] = [];
  const results = ['one', 'two', 'three'].map(async (word) => {
    const result = await thread.run(word);
    ended.push(word);
    return result;
  });
  expect(await Promise.all(results)).toEqual(['one done', 'two done', 'three done']);
  expect(ended).toEqual(['one', 'two', 'three']);
  expect(await thread.run('which thread')).not.toBe(threadId);
  expect(here).toEqual([]);
});

/** Begins a number of tasks. Each of them returns the number of the message that it came with. */
const askWhich = async (thread: TaskThread<string, unknown>, tasks: number) =>
  await Promise.all(Array.from({ length: tasks }, () => thread.run('which message')));

test('tasks that come while the thread has some are handed over together, when it has done those', async () => {
  const { thread } = startThread();
  expect(await askWhich(thread, 4)).toEqual([1, 2, 2, 2]);
  expect(await askWhich(thread, 2)).toEqual([3, 4]);
});

test('what comes of a task does not wait for those that were handed over with it', async () => {
  const { thread } = startThread();
  const [first, second] = [thread.run('first'), thread.run('second')];
  const last = expect(thread.run('for ever')).rejects.toThrow('The thread has ended');
  expect([await first, await second]).toEqual(['first done', 'second done']);
  await thread.close();
  await last;
});

test('results that came while something else was done are told of together', async () => {
  const { thread } = startThread();
  const file = join(await temporaryFolder(), 'done');
  const first = thread.run('first');
  const [second, third, last] = ['second', 'third', `make ${file}`].map((word) => thread.run(word));
  await first;
  const told: string[] = [];
  void second?.then(() => process.nextTick(() => told.push('all that was to be done with the second')));
  void third?.then(() => told.push('third'));
  while (!existsSync(file));
  await last;
  await nextTurn();
  expect(told).toEqual(['third', 'all that was to be done with the second']);
});

test('a thread that gathers waits with the first task for others, with all that come by then', async () => {
  const { thread } = startThread({ gatherMs: 5 });
  expect(await askWhich(thread, 4)).toEqual([1, 1, 1, 1]);
  expect(await thread.run('which message')).toBe(2);
});

test('what a thread gathers is no less done: failures, deaths, and what is asked for when it is closed', async () => {
  const { thread, here } = startThread({ gatherMs: 5 });
  const outcomes = await Promise.allSettled([thread.run('one'), thread.run('throw'), thread.run('two')]);
  expect(outcomes).toMatchObject([
    { value: 'one done' },
    { reason: { code: 'ENOSPC' } },
    { value: 'two done' },
  ]);
  await expect(thread.run('die')).rejects.toThrow('The thread has ended');
  expect(await thread.run('next')).toBe('next done');
  const left = expect(thread.run('left')).rejects.toThrow('The thread has ended');
  await thread.close();
  await left;
  expect(here).toEqual([]);
});

test('what cannot be copied for another thread is rejected, and the next is done', async () => {
  const work = (input: unknown) => input;
  const thread = new TaskThread<unknown, unknown>({
    module: ownModule(),
    work,
    onUnavailable: () => undefined,
  });
  onTestFinished(() => thread.close());
  await expect(thread.run(() => 'a function')).rejects.toThrow('could not be cloned');
  expect(await thread.run('next')).toBe('next done');
});

test('a process does not wait for a thread that has been given nothing', async () => {
  const script = `thread.run(() => 'a function').catch(({ name }) => console.log(name));`;
  expect(await runProcess(script)).toBe('DataCloneError\n');
});

test('a process waits for what is being gathered', async () => {
  const script = `thread.run('a').then(console.log); thread.run('b').then(console.log);`;
  expect(await runProcess(script, { gatherMs: 20 })).toBe('a done\nb done\n');
});

test('what a task throws is what its promise is rejected with, code and all; the next is done', async () => {
  const { thread } = startThread();
  const failed = thread.run('throw');
  await expect(failed).rejects.toMatchObject({ message: 'no space', code: 'ENOSPC', errno: -28 });
  await expect(failed).rejects.toBeInstanceOf(Error);
  expect(await thread.run('next')).toBe('next done');
});

test('tasks that a thread has died with are not done here; the next has a thread anew', async () => {
  const { thread, here, unavailable } = startThread();
  await thread.run('first');
  const died = [thread.run('die'), thread.run('behind it')];
  for (const one of died) await expect(one).rejects.toThrow('The thread has ended');
  expect(await thread.run('next')).toBe('next done');
  expect([here, unavailable]).toEqual([[], []]);
});

test('tasks that were gathered for a thread that has died keep none from the next', async () => {
  // With the clock stopped, gathered tasks are never handed over before the thread has died.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { thread } = startThread({ gatherMs: 500 });
  const handOver = (word: string) => {
    const outcome = thread.run(word);
    vi.advanceTimersByTime(500);
    return outcome;
  };
  const last = handOver('die soon');
  // This task is requested while the thread still works, however soon the thread dies after that.
  const gathered = expect(thread.run('gathered')).rejects.toThrow('The thread has ended');
  expect(await last).toBe('die soon done');
  await gathered;
  expect(await handOver('next')).toBe('next done');
});

test('without a thread, tasks are done here and it is told why; so are the next, without another try', async () => {
  const { thread, here, unavailable } = startThread({ moduleUrl: new URL('missing.mjs', import.meta.url) });
  const results = [thread.run('one'), thread.run('two')];
  const failed = thread.run('throw');
  expect(await Promise.all(results)).toEqual(['one here', 'two here']);
  await expect(failed).rejects.toThrow('thrown here');
  expect(await thread.run('three')).toBe('three here');
  expect(here).toEqual(['one', 'two', 'throw', 'three']);
  expect(unavailable).toMatchObject([{ message: expect.stringContaining('missing.mjs') }]);
});

test('a closed thread takes no task, and rejects those that it has not done', async () => {
  const { thread, here } = startThread();
  await thread.run('first');
  const pending = expect(thread.run('for ever')).rejects.toThrow('The thread has ended');
  await thread.close();
  await pending;
  await expect(thread.run('third')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  expect(here).toEqual([]);
});

test('a thread at rest is left to the next that needs one like it', async () => {
  const moduleUrl = ownModule();
  const [first, second] = [startThread({ moduleUrl }).thread, startThread({ moduleUrl }).thread];
  const own = await first.run('which thread');
  expect(await second.run('which thread')).not.toBe(own);
  await first.close();
  const third = startThread({ moduleUrl }).thread;
  expect(await third.run('which thread')).toBe(own);
  await expect(first.run('more')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  // A thread that was taken over may also die.
  await expect(third.run('die')).rejects.toThrow('The thread has ended');
  expect(await third.run('which thread')).not.toBe(own);
});

test('a thread that has something to do is left to nobody, nor is a second one', async () => {
  const moduleUrl = ownModule();
  const [busy, one, other] = [1, 2, 3].map(() => startThread({ moduleUrl }).thread);
  if (busy === undefined || one === undefined || other === undefined) throw new Error('three were started');
  const threads = await Promise.all([busy, one, other].map((thread) => thread.run('which thread')));
  const pending = expect(busy.run('for ever')).rejects.toThrow('The thread has ended');
  for (const thread of [busy, one, other]) await thread.close();
  await pending;
  const next = [startThread({ moduleUrl }).thread, startThread({ moduleUrl }).thread];
  const [reused, fresh] = await Promise.all(next.map((thread) => thread.run('which thread')));
  expect(reused).toBe(threads[1]);
  expect(threads).not.toContain(fresh);
});

test('a thread whose module keeps something is left to nobody', async () => {
  const moduleUrl = ownModule();
  const { thread } = startThread({ moduleUrl, isStateless: false });
  const own = await thread.run('which thread');
  await thread.close();
  for (const isStateless of [true, false])
    expect(await startThread({ moduleUrl, isStateless }).thread.run('which thread')).not.toBe(own);
});

test('a thread that is left to nobody ends after a while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const moduleUrl = ownModule();
  const { thread } = startThread({ moduleUrl });
  const own = await thread.run('which thread');
  await thread.close();
  vi.advanceTimersByTime(10_000);
  expect(await startThread({ moduleUrl }).thread.run('which thread')).not.toBe(own);
});

test('who waits for a task goes on in the context that it was begun in', async () => {
  const { thread } = startThread();
  const storage = new AsyncLocalStorage<string>();
  const inContext = async (name: string) =>
    storage.run(name, async () => [await thread.run(name), storage.getStore()]);
  expect(await Promise.all([inContext('a'), inContext('b')])).toEqual([
    ['a done', 'a'],
    ['b done', 'b'],
  ]);
});

test('a process waits for its tasks, and then for nothing: it ends without close()', async () => {
  expect(await runProcess(`thread.run('a').then(console.log);`)).toBe('a done\n');
});

test('a process waits for no thread that is left to the next', async () => {
  expect(await runProcess(`console.log(await thread.run('a')); await thread.close();`)).toBe('a done\n');
});

test('what an app preloads is not loaded into the thread', async () => {
  const preload = ['--import', 'data:text/javascript,console.log("loaded")'];
  const output = await runProcess(
    `console.log(JSON.stringify(await thread.run('environment'))); await thread.close();`,
    { nodeArguments: preload },
  );
  expect(output).toBe('loaded\n[[],[]]\n');
});
