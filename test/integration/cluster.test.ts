import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestProcess, type Told } from '../helpers/process/child-process.js';
import { send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { HIT, MISS } from './visitor.js';

interface Worker {
  readonly id: number;
  /** The worker's own port. `shared` is the port that all workers share. */
  readonly port: number;
  readonly shared: number;
}

async function startCluster() {
  const folder = await temporaryFolder();
  const [webRoot, database] = [join(folder, 'pages'), join(folder, 'database')];
  const write = (value: number) => writeFile(database, String(value));
  await write(1);
  // Both workers find no WEB_ROOT, and create it.
  const primary = new TestProcess('../integration/cluster-process.mjs', { webRoot, database });
  onTestFinished(async () => {
    // A worker outlives a primary that is killed, and would still write to the folder while it is removed.
    const exited = once(primary.child, 'exit');
    primary.command('end');
    await exited;
  });
  const worker = async (isNew: (id: number) => boolean): Promise<Worker> => {
    const told = await primary.waitFor('listening', ({ worker: id }) => isNew(Number(id)));
    return { id: Number(told.worker), port: Number(told.own), shared: Number(told.shared) };
  };
  const [a, b] = [await worker((id) => id === 1), await worker((id) => id === 2)];
  const next = () => worker((id) => id > 2);
  const command = (to: Worker, name: string, fields: object = {}) =>
    primary.command(name, { ...fields, worker: to.id });
  const told = (from: Worker, event: string, fits: (told: Told) => boolean = () => true) =>
    primary.waitFor(event, (one) => one.worker === from.id && fits(one));
  return { ...{ webRoot, write, primary, a, b, next, command, told } };
}

const stored = (path: string) => (told: Told) => told.message === 'page stored' && told.path === path;

test('two workers have the pages of one WEB_ROOT, and a delete in one is a delete for both', async () => {
  const { a, b, write, command, told } = await startCluster();
  expect(a.shared).toBe(b.shared);
  const first = await send(a.port, '/page');
  expect(first.cache).toBe(MISS);
  await told(a, 'log', stored('/page'));
  for (const port of [b.port, a.shared, a.shared, a.shared, a.shared])
    expect(await send(port, '/page')).toMatchObject({ cache: HIT, body: first.body });

  await write(2);
  command(b, 'delete', { targets: [{ tag: 'value' }] });
  expect((await told(b, 'deleted')).deleted).toEqual(['/page']);
  expect(await send(a.port, '/page')).toMatchObject({ cache: MISS, body: expect.stringMatching(/^page 2 /) });
});

test('a render in one worker is not stored after a delete in the other', async () => {
  const { a, b, write, command, told } = await startCluster();
  command(a, 'hold');
  await told(a, 'held');
  const inFlight = send(a.port, '/page');
  await told(a, 'read');
  await write(2);
  command(b, 'delete', { targets: ['/page'] });
  await told(b, 'deleted');
  command(a, 'release');
  expect((await inFlight).body).toMatch(/^page 1 /);
  await told(a, 'log', ({ reason }) => reason === 'voided');
  for (const { port } of [a, b]) expect((await send(port, '/page')).body).toMatch(/^page 2 /);
});

test('the worker that replaces a killed one has its pages, and nothing of the render that died', async () => {
  const { webRoot, a, b, write, primary, next, command, told } = await startCluster();
  const kept = await send(a.port, '/kept');
  await told(a, 'log', stored('/kept'));
  command(a, 'hold');
  await told(a, 'held');
  const dying = send(a.port, '/dying').catch((error: Error) => error);
  await told(a, 'read', ({ path }) => path === '/dying');
  command(a, 'kill');
  expect(await dying).toBeInstanceOf(Error);
  await primary.waitFor('exited');

  const c = await next();
  for (const { port } of [b, c])
    expect(await send(port, '/kept')).toMatchObject({ cache: HIT, body: kept.body });
  expect((await readdir(webRoot)).sort()).toEqual(['.staticgenerator', 'kept.page.html']);

  await write(2);
  command(c, 'delete', { targets: ['/**'] });
  expect((await told(c, 'deleted')).deleted).toEqual(['/kept']);
  expect(await readdir(webRoot)).toEqual(['.staticgenerator']);
  expect(await send(b.port, '/kept')).toMatchObject({ cache: MISS, body: expect.stringMatching(/^kept 2 /) });
});

test('a worker that is told to stop lets its visitors go, ends by itself, and is replaced', async () => {
  const { a, b, primary, next, command, told } = await startCluster();
  command(a, 'hold');
  await told(a, 'held');
  const visitor = send(a.port, '/slow');
  await told(a, 'read');
  command(a, 'stop');
  command(a, 'release');
  expect(await visitor).toMatchObject({ status: 200, body: expect.stringMatching(/^slow 1 /) });
  expect(await primary.waitFor('exited')).toMatchObject({ worker: a.id, code: 0, signal: null });

  const c = await next();
  const made = await send(c.port, '/page');
  await told(c, 'log', stored('/page'));
  expect(await send(b.port, '/page')).toMatchObject({ cache: HIT, body: made.body });
});
