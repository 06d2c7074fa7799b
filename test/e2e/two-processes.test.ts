import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestProcess } from '../helpers/process/child-process.js';
import { send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

async function twoProcesses() {
  const folder = await temporaryFolder();
  const database = join(folder, 'database');
  const write = (value: number) => writeFile(database, String(value));
  await write(1);
  const options = { webRoot: join(folder, 'pages'), database };
  // They start at the same time, so both find no WEB_ROOT and make it.
  const [a, b] = [lastingProcess(0), lastingProcess(1)];
  for (const process of [a, b]) open(process, options);
  const portOf = async (process: TestProcess) => Number((await process.waitFor('listening')).port);
  return { a, b, portA: await portOf(a), portB: await portOf(b), write };
}

/** Both processes last for all tests. Each test opens its own site in them. */
const lasting: TestProcess[] = [];

function lastingProcess(index: number): TestProcess {
  const process = lasting[index] ?? new TestProcess('site/site-process.mjs', {}, { lasts: true });
  lasting[index] = process;
  return process;
}

function open(process: TestProcess, options: object): void {
  process.forget();
  process.command('open', options);
  onTestFinished(async () => {
    if (process.child.signalCode !== null) return;
    process.command('leave');
    await process.waitFor('left');
  });
}

const stored = (path: string) => (told: { readonly [field: string]: unknown }) =>
  told.message === 'page stored' && told.path === path;
const isHit = (cache: string) => cache === 'staticgenerator; hit';

test('a page that one process stored is a hit in the other, and a delete in one is a delete for both', async () => {
  const { a, b, portA, portB, write } = await twoProcesses();
  expect((await send(portA, '/value')).body).toBe('value 1');
  await a.waitFor('log', stored('/value'));
  expect(await send(portB, '/value')).toMatchObject({ body: 'value 1', cache: 'staticgenerator; hit' });

  await write(2);
  b.command('delete', { targets: ['/value'] });
  expect((await b.waitFor('deleted')).deleted).toEqual(['/value']);
  const next = await send(portA, '/value');
  expect(next).toMatchObject({ body: 'value 2', cache: 'staticgenerator; fwd=uri-miss' });
});

test.each([
  ['its path', '/value'],
  ['a glob', '/val*'],
  ['its tag', { tag: 'value' }],
])(
  'a render in flight in one process is not stored after a delete by %s in the other',
  async (_name, target) => {
    const { a, b, portA, portB, write } = await twoProcesses();
    a.command('hold');
    await a.waitFor('held');
    const inFlight = send(portA, '/value');
    expect((await a.waitFor('read')).value).toBe('1');

    await write(2);
    b.command('delete', { targets: [target] });
    await b.waitFor('deleted');
    a.command('release');

    expect((await inFlight).body).toBe('value 1');
    await a.waitFor('log', (told) => told.reason === 'voided' && told.path === '/value');
    for (const port of [portA, portB]) expect(await send(port, '/value')).toMatchObject({ body: 'value 2' });
  },
);

test.each([
  ['its path', '/value'],
  ['its tag', { tag: 'value' }],
])(
  'who comes to one process after a delete by %s in the other does not wait for the older render',
  async (_name, target) => {
    const { a, b, portA, write } = await twoProcesses();
    a.command('hold');
    await a.waitFor('held');
    const outdated = send(portA, '/value');
    await a.waitFor('read', (told) => told.value === '1');
    await write(2);
    b.command('delete', { targets: [target] });
    await b.waitFor('deleted');
    const late = send(portA, '/value');
    await a.waitFor('read', (told) => told.value === '2');
    a.command('release');
    expect([(await outdated).body, (await late).body]).toEqual(['value 1', 'value 2']);
  },
);

test('a render in flight is stored when the other process deletes a page that it is not', async () => {
  const { a, b, portA, portB } = await twoProcesses();
  a.command('hold');
  await a.waitFor('held');
  const inFlight = send(portA, '/value');
  await a.waitFor('read');
  b.command('delete', { targets: ['/other', { tag: 'other' }, '/o*'] });
  await b.waitFor('deleted');
  a.command('release');
  await inFlight;
  await a.waitFor('log', stored('/value'));
  expect(isHit((await send(portB, '/value')).cache)).toBe(true);
});

test('pages survive the end of their process', async () => {
  const { a, b, portA, portB } = await twoProcesses();
  await send(portA, '/value');
  await a.waitFor('log', stored('/value'));
  await a.kill();
  lasting.length = 0;
  expect(isHit((await send(portB, '/value')).cache)).toBe(true);
  b.command('delete', { targets: ['/**'] });
  expect((await b.waitFor('deleted')).deleted).toEqual(['/value']);
});
