import { expect, test } from 'vitest';
import { WorkList } from '../../../src/export/pages/work-list.js';
import { Gate } from '../../helpers/protocol/gated-site.js';

interface Item {
  readonly name: string;
}

/** Items whose beginnings and ends are recorded. Each item is ready when the test says so. */
function controlled(...names: string[]) {
  const list = new WorkList<Item>();
  for (const name of names) list.add({ name });
  const events: string[] = [];
  const gates = new Map<string, Gate>();
  const gate = (name: string) => {
    const known = gates.get(name) ?? new Gate();
    gates.set(name, known);
    return known;
  };
  const begin = async ({ name }: Item) => {
    events.push(`begin ${name}`);
    await gate(name).pass();
    return async () => void events.push(`end ${name}`);
  };
  const letEnd = async (...ready: string[]) => {
    await new Promise(setImmediate);
    for (const name of ready) {
      gate(name).open();
      await new Promise(setImmediate);
    }
  };
  return { list, events, begin, letEnd };
}

test('items end in the order in which they were added, whichever is ready first', async () => {
  const { list, events, begin, letEnd } = controlled('a', 'b', 'c');
  const work = list.work(begin, { concurrency: 3 });
  await letEnd('c', 'b');
  expect(events).toEqual(['begin a', 'begin b', 'begin c']);
  await letEnd('a');
  await work;
  expect(events.slice(3)).toEqual(['end a', 'end b', 'end c']);
});

test('no more are begun at a time than are allowed, and a slow one does not keep others from being begun', async () => {
  const { list, events, begin, letEnd } = controlled('a', 'b', 'c', 'd');
  const work = list.work(begin, { concurrency: 2 });
  await letEnd();
  expect(events).toEqual(['begin a', 'begin b']);
  await letEnd('b');
  expect(events.slice(2)).toEqual(['begin c']);
  await letEnd('c');
  expect(events.slice(3)).toEqual(['begin d']);
  await letEnd('d', 'a');
  await work;
  expect(events.slice(4)).toEqual(['end a', 'end b', 'end c', 'end d']);
});

test('nothing is begun while too much waits for its turn', async () => {
  const { list, events, begin, letEnd } = controlled('a', 'b', 'c');
  let isFull = false;
  const work = list.work(begin, { concurrency: 2, isFull: () => isFull });
  await letEnd();
  isFull = true;
  await letEnd('b');
  expect(events).toEqual(['begin a', 'begin b']);
  await letEnd('a');
  expect(events.slice(2)).toEqual(['end a', 'end b', 'begin c']);
  await letEnd('c');
  await work;
});

test('others are begun and ended while one is being ended, until it is too much', async () => {
  const list = new WorkList<Item>();
  for (const name of ['a', 'b', 'c', 'd']) list.add({ name });
  const written = new Gate();
  const events: string[] = [];
  const work = list.work(
    async ({ name }) => {
      events.push(`begin ${name}`);
      return async () => {
        events.push(`end ${name}`);
        await written.pass();
      };
    },
    { concurrency: 1, isFull: () => events.includes('end c') },
  );
  await new Promise(setImmediate);
  expect(events).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
  written.open();
  await work;
  expect(events.slice(6)).toEqual(['begin d', 'end d']);
});

test('what is found while it works is worked on, also by those who had nothing to do', async () => {
  const { list, events, begin, letEnd } = controlled('a');
  const work = list.work(
    async (item) => {
      const end = await begin(item);
      return async () => {
        await end();
        if (item.name === 'a') for (const name of ['b', 'c']) list.add({ name });
      };
    },
    { concurrency: 2 },
  );
  await letEnd('a');
  expect(events).toEqual(['begin a', 'end a', 'begin b', 'begin c']);
  await letEnd('b', 'c');
  await work;
  expect(list.total).toBe(3);
});

test('a list that is empty is done, and can be worked on again', async () => {
  const { list, events, begin, letEnd } = controlled();
  await list.work(begin, { concurrency: 2 });
  list.add({ name: 'a' });
  await letEnd('a');
  await list.work(begin, { concurrency: 2 });
  expect(events).toEqual(['begin a', 'end a']);
});

const failing = () => {
  throw new Error('on purpose');
};
const rejecting = () => Promise.reject(new Error('on purpose'));

test.each<[string, () => Promise<() => Promise<void>>]>([
  ['throws', failing],
  ['rejects', rejecting],
])(
  'an item that %s when it is begun is a rejection, once what was under way is ready; nothing else is begun',
  async (_name, fail) => {
    const { list, events, begin, letEnd } = controlled('a', 'bad', 'b');
    const work = list.work((item) => (item.name === 'bad' ? fail() : begin(item)), { concurrency: 2 });
    const rejection = work.catch((error: Error) => void events.push(error.message));
    await letEnd();
    expect(events).toEqual(['begin a']);
    await letEnd('a');
    await rejection;
    expect(events).toEqual(['begin a', 'on purpose']);
  },
);

test.each<[string, () => Promise<void>]>([
  ['throws', failing],
  ['rejects', rejecting],
])(
  'an item that %s when it is ended is a rejection, and nothing else is begun or ended',
  async (_name, fail) => {
    const { list, events, begin, letEnd } = controlled('bad', 'a', 'b');
    const work = list.work(async (item) => (item.name === 'bad' ? fail : await begin(item)), {
      concurrency: 1,
    });
    const rejection = expect(work).rejects.toThrow('on purpose');
    await letEnd('a');
    await rejection;
    // It may have begun before the other one failed.
    expect(events.filter((event) => event !== 'begin a')).toEqual([]);
  },
);

test('what is being ended is waited for when another fails', async () => {
  const list = new WorkList<Item>();
  for (const name of ['slow', 'bad']) list.add({ name });
  const written = new Gate();
  const events: string[] = [];
  const work = list.work(
    async ({ name }) =>
      async () => {
        if (name === 'bad') throw new Error('on purpose');
        await written.pass();
        events.push('written');
      },
    { concurrency: 2 },
  );
  const rejection = work.catch((error: Error) => events.push(error.message));
  await new Promise(setImmediate);
  expect(events).toEqual([]);
  written.open();
  await rejection;
  expect(events).toEqual(['written', 'on purpose']);
});

test('an abort rejects with its reason, when what was begun is ready; nothing else is begun or ended', async () => {
  const { list, events, begin, letEnd } = controlled('a', 'b');
  const interruption = new AbortController();
  const work = list.work(begin, { concurrency: 1, signal: interruption.signal });
  await letEnd();
  interruption.abort(new Error('stopped'));
  const rejection = expect(work).rejects.toThrow('stopped');
  await letEnd('a');
  await rejection;
  expect(events).toEqual(['begin a']);
});

test('after an abort nothing that is ready is ended any more, and what is being ended is waited for', async () => {
  const list = new WorkList<Item>();
  for (const name of ['slow', 'b']) list.add({ name });
  const [slow, written] = [new Gate(), new Gate()];
  const interruption = new AbortController();
  const events: string[] = [];
  const begin = async ({ name }: Item) => {
    if (name === 'slow') await slow.pass();
    return async () => {
      events.push(`end ${name}`);
      interruption.abort(new Error('stopped'));
      await written.pass();
      events.push(`ended ${name}`);
    };
  };
  const work = list.work(begin, { concurrency: 2, signal: interruption.signal });
  const rejection = work.catch((error: Error) => void events.push(error.message));
  await slow.reached;
  await new Promise(setImmediate);
  slow.open();
  await written.reached;
  await new Promise(setImmediate);
  expect(events).toEqual(['end slow']);
  written.open();
  await rejection;
  await new Promise(setImmediate);
  expect(events).toEqual(['end slow', 'ended slow', 'stopped']);
});
