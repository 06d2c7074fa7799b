import { expect, onTestFinished, test } from 'vitest';
import type { Bus, Cluster } from '../../src/cluster/bus.js';
import { startTcpProxy } from '../helpers/servers/tcp-proxy.js';

/** An engine in which hosts can share a log. */
export interface BusEngine {
  /** Returns the cluster of a site with this name, with a term of so many seconds. */
  cluster(name: string, termSeconds?: number): Cluster | Promise<Cluster>;
  /** The Unix socket that it listens on. */
  socket(): string;
  /** Like `cluster`, but reached over TCP, with a term of 3 seconds. */
  clusterAt(port: number, name: string): Cluster;
  /** Loses all data of a site. */
  empty(name: string): Promise<void>;
  /** Loses the entries of a site's log up to a position. */
  cutLog(name: string, upTo: number): Promise<void>;
}

let names = 0;

/** Tests what every bus must do. */
export function describeBus(engine: () => BusEngine): void {
  const open = async (name: string, termSeconds?: number): Promise<Bus> => {
    const bus = (await engine().cluster(name, termSeconds)).connect();
    onTestFinished(() => bus.close());
    return bus;
  };
  const newName = () => {
    names += 1;
    return `bus-${names}`;
  };
  const teller = (bus: Bus, host: string, epoch: string) => (cursor: number) =>
    bus.tell({ host, name: `machine of ${host}`, epoch, cursor });

  test('entries have positions from 1 without gaps, and are read in their order', async () => {
    const bus = await open(newName());
    expect((await bus.append(['a'])).last).toBe(1);
    expect((await bus.append(['b', 'c'])).last).toBe(3);
    const all = await bus.read(0, 10);
    expect(all.last).toBe(3);
    expect(all.entries).toEqual([
      { position: 1, text: 'a' },
      { position: 2, text: 'b' },
      { position: 3, text: 'c' },
    ]);
    expect((await bus.read(1, 1)).entries).toEqual([{ position: 2, text: 'b' }]);
    expect((await bus.read(3, 10)).entries).toEqual([]);
  });

  test('entries are texts of any kind', async () => {
    const bus = await open(newName());
    const texts = ['', ' ', '\';\\"', 'ä€𝄞', 'a\nb', 'x'.repeat(20_000)];
    await bus.append(texts);
    expect((await bus.read(0, 10)).entries.map(({ text }) => text)).toEqual(texts);
  });

  test('who append at the same time get positions of their own', async () => {
    const name = newName();
    const buses = await Promise.all([open(name), open(name), open(name)]);
    const appended = await Promise.all(
      Array.from({ length: 60 }, (_, index) => buses[index % 3]?.append([`${index}`])),
    );
    const positions = appended.map((position) => position?.last ?? 0).toSorted((a, b) => a - b);
    expect(positions).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect((await buses[0]?.read(0, 100))?.entries).toHaveLength(60);
  });

  test('a host is entered when it tells something, and serves from the end of the log', async () => {
    const bus = await open(newName());
    const { epoch } = await bus.append(['a', 'b']);
    const tell = teller(bus, 'one', epoch);
    expect((await tell(0)).hosts.get('one')).toMatchObject({
      cursor: 0,
      servesFrom: 2,
      name: 'machine of one',
    });
    await bus.append(['c']);
    expect((await tell(3)).hosts.get('one')).toMatchObject({ cursor: 3, servesFrom: 2 });
    expect([...(await bus.state()).hosts.keys()]).toEqual(['one']);
  });

  test('each telling has a beat of its own, also of a host that was dropped', async () => {
    const bus = await open(newName());
    const { epoch } = await bus.state();
    const [one, two] = [teller(bus, 'one', epoch), teller(bus, 'two', epoch)];
    const beats: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      beats.push((await one(0)).hosts.get('one')?.beat ?? 0, (await two(0)).hosts.get('two')?.beat ?? 0);
      await bus.drop('one');
    }
    expect(new Set(beats).size).toBe(6);
  });

  test('a host that has told something since is not dropped, and neither is one of another epoch', async () => {
    const bus = await open(newName());
    const { epoch } = await bus.state();
    const tell = teller(bus, 'one', epoch);
    const beat = (await tell(0)).hosts.get('one')?.beat ?? 0;
    await tell(0);
    expect((await bus.drop('one', { epoch, beat })).hosts.size).toBe(1);
    const newer = (await bus.state()).hosts.get('one')?.beat ?? 0;
    expect((await bus.drop('one', { epoch: 'another', beat: newer })).hosts.size).toBe(1);
    expect((await bus.drop('one', { epoch, beat: newer })).hosts.size).toBe(0);
    expect((await bus.drop('one', { epoch, beat: newer })).hosts.size).toBe(0);
  });

  test('a host that was dropped serves from the end of the log', async () => {
    const bus = await open(newName());
    const { epoch } = await bus.append(['a']);
    const tell = teller(bus, 'one', epoch);
    expect((await tell(1)).hosts.get('one')?.servesFrom).toBe(1);
    await bus.append(['b']);
    await bus.drop('one');
    expect((await tell(1)).hosts.get('one')).toMatchObject({ cursor: 1, servesFrom: 2 });
  });

  test('nothing is noted of a host that tells of another epoch', async () => {
    const bus = await open(newName());
    await bus.state();
    expect((await teller(bus, 'one', 'another')(5)).hosts.size).toBe(0);
    expect((await teller(bus, 'one', '')(0)).hosts.size).toBe(0);
  });

  test('an epoch is settled by its name', async () => {
    const bus = await open(newName());
    const { epoch, settled } = await bus.state();
    expect(settled).toBe(false);
    expect((await bus.settle('another')).settled).toBe(false);
    expect((await bus.settle(epoch)).settled).toBe(true);
    expect((await bus.state()).settled).toBe(true);
  });

  test('an engine that was emptied has another epoch, which is not settled and knows none before', async () => {
    const name = newName();
    const bus = await open(name);
    const { epoch } = await bus.append(['a', 'b']);
    await teller(bus, 'one', epoch)(2);
    await bus.settle(epoch);
    await engine().empty(name);
    const state = await bus.state();
    expect(state.epoch).not.toBe(epoch);
    expect(state).toMatchObject({ previous: '', base: 0, last: 0, settled: false });
    expect(state.hosts.size).toBe(0);
    expect(await bus.append(['c'])).toEqual({ epoch: state.epoch, last: 1 });
    expect((await bus.read(0, 10)).entries).toEqual([{ position: 1, text: 'c' }]);
  });

  test('a log that was cut is read from what is left', async () => {
    const name = newName();
    const bus = await open(name);
    const { epoch } = await bus.append(['a', 'b', 'c']);
    await engine().cutLog(name, 2);
    expect(await bus.read(0, 10)).toEqual({ epoch, last: 3, entries: [{ position: 3, text: 'c' }] });
    expect((await bus.append(['d'])).last).toBe(4);
  });

  test('sites of different names know nothing of each other', async () => {
    const [one, other] = await Promise.all([open(newName()), open(newName())]);
    const { epoch } = await one.append(['a']);
    await teller(one, 'host', epoch)(1);
    expect(await other.state()).toMatchObject({ last: 0 });
    expect((await other.state()).hosts.size).toBe(0);
  });

  test('whoever listens hears of what others append', async () => {
    const name = newName();
    const [listener, other] = await Promise.all([open(name), open(name)]);
    let heard = 0;
    let tell = () => {};
    listener.listen(() => {
      heard += 1;
      tell();
    });
    // The first news says that the bus listens now.
    await new Promise<void>((resolve) => {
      tell = resolve;
      if (heard > 0) resolve();
    });
    const again = new Promise<void>((resolve) => {
      tell = resolve;
    });
    await other.append(['a']);
    await again;
    expect(heard).toBeGreaterThan(1);
  });

  test('hosts with another term are refused while there are some, and taken over when there are none', async () => {
    const name = newName();
    const bus = await open(name, 5);
    const { epoch } = await bus.append(['a']);
    await teller(bus, 'one', epoch)(1);
    const other = await open(name, 7);
    await expect(other.state()).rejects.toMatchObject({ code: 'ERR_CLUSTER_UNREACHABLE' });
    await expect(other.append(['b'])).rejects.toThrow(/term of 5 s/);
    await bus.drop('one');
    expect((await other.state()).epoch).not.toBe(epoch);
  });

  test('a survey changes nothing: no site is made, no epoch begun, no host entered', async () => {
    const name = newName();
    const bus = await open(name);
    expect(await bus.survey()).toBeUndefined();
    const { epoch } = await bus.append(['a']);
    expect(await bus.survey()).toEqual({
      ...{ epoch, last: 1, base: 0, previous: '' },
      ...{ settled: false, isCurrent: true, hosts: new Map() },
    });
    await engine().empty(name);
    expect(await bus.survey()).toBeUndefined();
    expect(await bus.survey()).toBeUndefined();
    expect((await bus.state()).epoch).not.toBe(epoch);
  });

  test('a survey shows the hosts, and how long each has been silent by the clock of the engine', async () => {
    const bus = await open(newName());
    const { epoch } = await bus.append(['a', 'b']);
    const [one, two] = [teller(bus, 'one', epoch), teller(bus, 'two', epoch)];
    await one(0);
    const silence = async (host: string) =>
      (await bus.survey())?.hosts.get(host)?.silentMilliseconds ?? Number.NaN;
    await expect.poll(() => silence('one')).toBeGreaterThan(50);
    await two(2);
    await bus.settle(epoch);
    const survey = await bus.survey();
    expect(survey).toMatchObject({ epoch, last: 2, settled: true, isCurrent: true });
    const { one: first, two: second } = Object.fromEntries(survey?.hosts ?? []);
    expect(first).toMatchObject({ cursor: 0, servesFrom: 2, name: 'machine of one' });
    expect(second).toMatchObject({ cursor: 2, servesFrom: 2, name: 'machine of two' });
    expect(first?.silentMilliseconds).toBeGreaterThan(second?.silentMilliseconds ?? Number.NaN);
    await one(2);
    const again = (await bus.survey())?.hosts;
    expect(again?.get('one')?.silentMilliseconds).toBeLessThanOrEqual(
      again?.get('two')?.silentMilliseconds ?? Number.NaN,
    );
  });

  test('a survey refuses hosts with another term, and shows a place that they have left as not current', async () => {
    const name = newName();
    const bus = await open(name, 5);
    const { epoch } = await bus.append(['a']);
    await teller(bus, 'one', epoch)(1);
    const other = await open(name, 7);
    await expect(other.survey()).rejects.toThrow(/term of 5 s/);
    await bus.drop('one');
    expect(await other.survey()).toMatchObject({ epoch, last: 1, isCurrent: false });
    expect(await bus.survey()).toMatchObject({ epoch, isCurrent: true });
  });

  test('a connection that is half open is given up, and made anew', async () => {
    const proxy = await startTcpProxy(engine().socket());
    const bus = engine().clusterAt(proxy.port, newName()).connect();
    onTestFinished(() => bus.close());
    await bus.append(['a']);
    proxy.freeze();
    await expect(bus.append(['b'])).rejects.toThrow(/has not answered for 1000 ms/);
    expect((await bus.append(['c'])).last).toBeGreaterThan(1);
    proxy.isolate();
    await expect(bus.state()).rejects.toThrow();
    proxy.heal();
    expect((await bus.state()).last).toBeGreaterThan(1);
  });

  test('one that is closed does nothing any more', async () => {
    const bus = await open(newName());
    await bus.append(['a']);
    await bus.close();
    await bus.close();
    await expect(bus.append(['b'])).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
}
