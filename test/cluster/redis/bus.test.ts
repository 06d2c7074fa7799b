import { chmod, readFile } from 'node:fs/promises';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { redis } from '../../../src/cluster/redis/index.js';
import { describeBus } from '../../contract/bus.js';
import { installedRedis, type RunningRedis, startRedis } from '../../helpers/databases/redis.js';
import { startTcpProxy } from '../../helpers/servers/tcp-proxy.js';
import { temporaryFolder } from '../../helpers/temporary.js';

/** Makes a client. The test must connect and close it. */
function clientOf(server: RunningRedis) {
  const client = createClient({
    disableOfflineQueue: true,
    socket: { path: server.socket, tls: false, reconnectStrategy: false },
  });
  client.on('error', () => undefined);
  return client;
}

async function withClient<T>(
  server: RunningRedis,
  work: (client: ReturnType<typeof clientOf>) => Promise<T>,
): Promise<T> {
  const client = clientOf(server);
  await client.connect();
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

describe.skipIf(installedRedis === undefined)('redis', () => {
  let server: RunningRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());
  const clusterOf = (name: string, termSeconds = 5) => redis({ client: clientOf(server), name, termSeconds });
  const open = (name: string) => {
    const bus = clusterOf(name).connect();
    onTestFinished(() => bus.close());
    return bus;
  };

  describeBus(() => ({
    cluster: clusterOf,
    socket: () => server.socket,
    clusterAt: (port, name) => redis({ url: `redis://127.0.0.1:${port}`, name, termSeconds: 3 }),
    empty: (name) =>
      withClient(server, async (client) => void (await client.del([`{${name}}:hosts`, `{${name}}:log`]))),
    cutLog: (name, upTo) =>
      withClient(server, async (client) => void (await client.xTrim(`{${name}}:log`, 'MINID', upTo + 1))),
  }));

  test('a register that was evicted takes the log with it', async () => {
    const bus = open('evicted');
    const { epoch } = await bus.append(['a', 'b']);
    await withClient(server, (client) => client.del('{evicted}:hosts'));
    const state = await bus.state();
    expect(state.epoch).not.toBe(epoch);
    expect((await bus.append(['c'])).last).toBe(1);
    expect((await bus.read(0, 10)).entries).toEqual([{ position: 1, text: 'c' }]);
  });

  test('a log that was evicted is one that was cut', async () => {
    const bus = open('no-log');
    const { epoch } = await bus.append(['a', 'b']);
    await withClient(server, (client) => client.del('{no-log}:log'));
    expect(await bus.read(0, 10)).toEqual({ epoch, last: 2, entries: [] });
    expect((await bus.append(['c'])).last).toBe(3);
  });

  test('a key of another program is told of, and left', async () => {
    await withClient(server, (client) => client.set('{foreign}:hosts', 'mine'));
    await expect(open('foreign').state()).rejects.toThrow(/WRONGTYPE/);
    expect(await withClient(server, (client) => client.get('{foreign}:hosts'))).toBe('mine');
  });
});

describe.skipIf(installedRedis === undefined)('a server of its own', () => {
  test('needs no more rights than the guide says', async () => {
    const guide = await readFile(new URL('../../../docs/guide/several-hosts.md', import.meta.url), 'utf8');
    const [, rights = ''] = /An ACL user needs (.+?)\n\n/s.exec(guide) ?? [];
    const rules = [...rights.matchAll(/`([^`]+)`/g)].flatMap(([, one = '']) => one.split(' '));
    const server = await startRedis();
    onTestFinished(() => server.stop());
    await withClient(server, (client) =>
      client.sendCommand(['ACL', 'SETUSER', 'site', 'on', '>secret', 'resetchannels', ...rules]),
    );
    const proxy = await startTcpProxy(server.socket);
    const bus = redis({ url: `redis://site:secret@127.0.0.1:${proxy.port}`, termSeconds: 3 }).connect();
    onTestFinished(() => bus.close());
    const heard = new Promise<void>((resolve) => bus.listen(resolve));
    const { epoch, last } = await bus.append(['a']);
    expect((await bus.read(0, 10)).entries).toHaveLength(1);
    const state = await bus.tell({ host: 'one', name: '', epoch, cursor: last });
    await bus.settle(epoch);
    await bus.drop('one', { epoch, beat: state.hosts.get('one')?.beat ?? 0 });
    expect(await bus.state()).toMatchObject({ settled: true, last: 1 });
    expect(await bus.survey()).toMatchObject({ settled: true, isCurrent: true });
    await heard;
  });

  test('that was restarted has another epoch, in which the log goes on', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o777);
    const settings = ['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'];
    const first = await startRedis(settings);
    const proxy = await startTcpProxy(first.socket);
    const url = `redis://127.0.0.1:${proxy.port}`;
    const bus = redis({ url, name: 'restarted', termSeconds: 5 }).connect();
    onTestFinished(() => bus.close());
    const { epoch } = await bus.append(['a', 'b']);
    await bus.tell({ host: 'one', name: '', epoch, cursor: 1 });
    await bus.settle(epoch);
    expect((await bus.survey())?.isCurrent).toBe(true);
    await first.stop();
    await expect(bus.state()).rejects.toThrow();
    const second = await startRedis(settings);
    onTestFinished(() => second.stop());
    proxy.lead(second.socket);
    expect(await bus.survey()).toMatchObject({ epoch, isCurrent: false, last: 2 });
    const state = await bus.state();
    expect(state.epoch).not.toBe(epoch);
    expect(state).toMatchObject({ previous: epoch, base: 2, last: 2, settled: false });
    expect(state.hosts.get('one')).toMatchObject({ cursor: 1 });
    expect((await bus.append(['c'])).last).toBe(3);
    expect((await bus.read(0, 9)).entries.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  });

  test('that is cut off from its replicas takes no report and no deletion, as the guide has it set', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const bus = redis({ client: clientOf(server), name: 'alone', termSeconds: 3 }).connect();
    onTestFinished(() => bus.close());
    const { epoch, last } = await bus.append(['a']);
    await withClient(server, (client) => client.configSet('min-replicas-to-write', '1'));
    await expect(bus.tell({ host: 'one', name: '', epoch, cursor: last })).rejects.toThrow(/NOREPLICAS/);
    await expect(bus.append(['b'])).rejects.toThrow(/NOREPLICAS/);
    expect(await bus.state()).toMatchObject({ epoch, last: 1, hosts: new Map() });
    await withClient(server, (client) => client.configSet('min-replicas-to-write', '0'));
    expect((await bus.append(['c'])).last).toBe(2);
  });

  test.each([
    ['a wrong password', ['--requirepass', 'secret'], 'redis://:wrong@127.0.0.1', /WRONGPASS|invalid/],
    ['no password', ['--requirepass', 'secret'], 'redis://127.0.0.1', /NOAUTH/],
    ['a database that there is not', [], 'redis://127.0.0.1/99', /DB index is out of range/],
    ['a full memory', ['--maxmemory', '1'], 'redis://127.0.0.1', /OOM/],
  ])('says what is wrong: %s', async (_name, settings, address, message) => {
    const server = await startRedis(settings);
    onTestFinished(() => server.stop());
    const proxy = await startTcpProxy(server.socket);
    const url = address.replace('127.0.0.1', `127.0.0.1:${proxy.port}`);
    const bus = redis({ url, termSeconds: 3 }).connect();
    onTestFinished(() => bus.close());
    await expect(bus.append(['a'])).rejects.toThrow(message);
  });
});

test.each([
  [{ url: 'http://localhost' }, /`url`/],
  [{ url: 5 }, /`url`/],
  [{ name: 'a b' }, /`name`/],
  [{ termSeconds: 2 }, /at least 3/],
  [{ termSeconds: 1.5 }, /whole number/],
  [{ client: {} }, /duplicate/],
  [{ client: { duplicate: () => undefined }, url: 'redis://localhost' }, /instead of `url`/],
  [{ uri: 'redis://localhost' }, /`url`/],
])('options that cannot be used are refused: %o', (options, message) => {
  expect(() => redis(options as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTIONS' }));
  expect(() => redis(options as never)).toThrow(message);
});

test('a password is never shown', () => {
  expect(redis({ url: 'redis://user:secret@localhost:1' }).description).not.toContain('secret');
  expect(() => redis({ url: 'http://user:secret@localhost' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  );
});
