import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Bus } from '../../src/cluster/bus.js';
import { redis } from '../../src/cluster/redis/index.js';
import { installedRedis, type RunningRedis, startRedis } from '../helpers/databases/redis.js';
import { BusGates, gated } from '../helpers/gated-bus.js';
import { startTcpProxy } from '../helpers/servers/tcp-proxy.js';
import { type Site, startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

// Each test orders the events so that one missing step of a deletion, of receiving one, or of the term would show.

const TERM_SECONDS = 3;
const HIT = 'staticgenerator; hit';
/** An entry for a tag that no page has. */
const NOTHING = '{"from":"another","selector":{"kind":"tag","value":"nothing"}}';
let names = 0;

interface Host extends Site {
  readonly gates: BusGates;
}

describe.skipIf(installedRedis === undefined)('hosts that share Redis', () => {
  let server: RunningRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  /** A site whose pages show a number, which stands for the database. */
  async function newSite() {
    names += 1;
    const name = `steps-${names}`;
    const { port } = await startTcpProxy(server.socket);
    const cluster = redis({ url: `redis://127.0.0.1:${port}`, name, termSeconds: TERM_SECONDS });
    const database = { value: 1 };
    let whileRendering = async () => {};
    const start = async (webRoot?: string): Promise<Host> => {
      const gates = new BusGates();
      const site = await startSite(
        (app) => {
          app.get(['/value', '/other'], async (_request, response) => {
            const { value } = database;
            await whileRendering();
            response.send(`value ${value}`);
          });
        },
        { ...(webRoot === undefined ? {} : { webRoot }), cluster: gated(cluster, gates) },
      );
      await untilHit(site);
      return { ...site, gates };
    };
    const bus = cluster.connect();
    onTestFinished(() => bus.close());
    const client = createClient({ socket: { path: server.socket, tls: false } });
    await client.connect();
    onTestFinished(() => client.destroy());
    return {
      ...{ name, database, start, bus, client },
      /** Runs the work during the next render. */
      duringRender: (work: () => Promise<void>) => {
        whileRendering = async () => {
          whileRendering = async () => {};
          await work();
        };
      },
      startTwo: async () => {
        const [a, b] = await Promise.all([start(), start()]);
        await bus.settle((await bus.state()).epoch);
        return { a, b };
      },
    };
  }

  async function untilHit(host: Pick<Site, 'request'>, target = '/value'): Promise<void> {
    await expect.poll(async () => (await host.request(target)).cache).toBe(HIT);
  }

  /** Returns the id by which the other hosts know a host. */
  async function idOf(host: Site): Promise<string> {
    const line = await host.logger.waitFor(({ message }) => message === 'this host serves pages');
    return String(line.fields.host);
  }

  /** Waits until a host has been known, and has reported, for longer than a term. */
  async function untilKnownForATerm(bus: Bus, id: string): Promise<void> {
    const first = (await bus.state()).hosts.get(id)?.beat ?? 0;
    await expect.poll(async () => (await bus.state()).hosts.get(id)?.beat).toBeGreaterThan(first + 14);
  }

  async function untilForgotten(bus: Bus, id: string, watcher: Site): Promise<void> {
    // A host notices that another one is silent when it looks at the register, as a deletion does.
    await expect
      .poll(async () => {
        await watcher.pages.quickDelete('/unknown');
        return (await bus.state()).hosts.has(id);
      })
      .toBe(false);
  }

  test('a deletion waits for a host that has heard nothing of it until that serves nothing any more', async () => {
    const { startTwo, database, bus } = await newSite();
    const { a, b } = await startTwo();
    await untilKnownForATerm(bus, await idOf(b));
    const gate = b.gates.stop('read');
    await gate.reached;
    database.value += 1;
    await a.pages.quickDelete('/value');
    expect((await b.request('/value')).body).toBe('value 2');
    gate.open();
    await untilHit(b);
    expect((await b.request('/value')).body).toBe('value 2');
  });

  test('a host that reports is not given up, however long it has been known', async () => {
    const { startTwo, bus } = await newSite();
    const { a, b } = await startTwo();
    const id = await idOf(b);
    await untilKnownForATerm(bus, id);
    await a.pages.quickDelete('/unknown');
    expect((await bus.state()).hosts.has(id)).toBe(true);
    expect((await b.request('/value')).cache).toBe(HIT);
  });

  test('a host reports when it has deleted, and not before', async () => {
    const { startTwo, database } = await newSite();
    const { a, b } = await startTwo();
    await untilHit(b, '/other');
    // A folder takes the place of the page's file, so the file cannot be removed.
    const file = join(b.webRoot, 'value.page.html');
    await rm(file);
    await mkdir(file);
    await writeFile(join(file, 'in the way'), '');
    database.value += 1;
    await a.pages.quickDelete('/value', '/other');
    // The host could not delete one of the pages. It then has no term, so it does not serve the other page either.
    const { cache } = await b.request('/other');
    expect(cache).toBe('staticgenerator; fwd=bypass; detail=no-term');
    await rm(file, { recursive: true });
    await untilHit(b, '/other');
    expect((await b.request('/other')).body).toBe('value 2');
  });

  test('a host that is behind for a whole term lets nobody wait for it', async () => {
    const { startTwo, bus } = await newSite();
    const { b } = await startTwo();
    // As if the network were so slow that the host never catches up.
    b.gates.entriesAtOnce = 1;
    for (let part = 0; part < 18; part += 1) await bus.append(Array.from({ length: 500 }, () => NOTHING));
    const reason = /have not been carried out for a whole term/;
    await b.logger.waitFor(({ fields: { err } }) => reason.test(String(err)));
    const { last, hosts } = await bus.state();
    expect(hosts.get(await idOf(b))?.cursor ?? 0).toBeLessThan(last);
    b.gates.entriesAtOnce = 1_000;
    await untilHit(b);
  });

  test('a host that was given up serves again only when it has carried out what came meanwhile', async () => {
    const { startTwo, database, bus } = await newSite();
    const { a, b } = await startTwo();
    const open = b.gates.shut();
    await untilForgotten(bus, await idOf(b), a);
    const tell = b.gates.stop('tell');
    open();
    await tell.reached;
    database.value += 1;
    await a.pages.quickDelete('/value');
    const read = b.gates.stop('read');
    tell.open();
    await read.reached;
    expect((await b.request('/value')).body).toBe('value 2');
    read.open();
    await untilHit(b);
    expect((await b.request('/value')).body).toBe('value 2');
  });

  test('a host that reports again just when another gives it up stays in the register', async () => {
    const { startTwo, bus } = await newSite();
    const { a, b } = await startTwo();
    const id = await idOf(b);
    const [drop, open] = [a.gates.stop('drop'), b.gates.shut()];
    const deletion = a.pages.quickDelete('/unknown');
    await drop.reached;
    open();
    const { beat = 0 } = (await bus.state()).hosts.get(id) ?? {};
    await expect.poll(async () => (await bus.state()).hosts.get(id)?.beat).toBeGreaterThan(beat);
    const read = b.gates.stop('read');
    await read.reached;
    drop.open();
    await deletion;
    expect((await bus.state()).hosts.has(id)).toBe(true);
    read.open();
  });

  test('a term counts from before the report was sent, however late its answer comes', async () => {
    const { startTwo, database } = await newSite();
    const { a, b } = await startTwo();
    const tell = b.gates.stop('tell', 'after');
    await tell.reached;
    database.value += 1;
    await a.pages.quickDelete('/value');
    const read = b.gates.stop('read');
    tell.open();
    await read.reached;
    expect((await b.request('/value')).body).toBe('value 2');
    read.open();
    await untilHit(b);
  });

  test('where the register is lost, a deletion waits as long as hosts may serve that it does not show', async () => {
    const { startTwo, database, client, name } = await newSite();
    const { a, b } = await startTwo();
    const open = b.gates.shut();
    await client.del([`{${name}}:hosts`, `{${name}}:log`]);
    database.value += 1;
    await a.pages.quickDelete('/value');
    expect((await b.request('/value')).body).toBe('value 2');
    open();
    await untilHit(b);
    expect((await b.request('/value')).body).toBe('value 2');
  });

  test('a deletion that the engine has lost is appended again', async () => {
    const { startTwo, database, client, name } = await newSite();
    const { a, b } = await startTwo();
    const append = a.gates.stop('append', 'after');
    const open = b.gates.shut();
    database.value += 1;
    const deletion = a.pages.quickDelete('/value');
    await append.reached;
    await client.del([`{${name}}:hosts`, `{${name}}:log`]);
    append.open();
    open();
    await deletion;
    expect((await b.request('/value')).body).toBe('value 2');
    expect(await client.xLen(`{${name}}:log`)).toBeGreaterThan(0);
  });

  test('a host that was away deletes all if the log has been cut meanwhile', async () => {
    const { startTwo, database, client, name, bus } = await newSite();
    const { a, b } = await startTwo();
    await untilHit(b, '/other');
    const [open, from] = [b.gates.shut(), b.logger.lines.length];
    database.value += 1;
    await a.pages.quickDelete('/value');
    await client.xTrim(`{${name}}:log`, 'MINID', (await bus.state()).last + 1);
    open();
    await b.logger.waitFor(({ message }) => message === 'pages may be stale, so all are deleted', from);
    await untilHit(b);
    expect((await b.request('/value')).body).toBe('value 2');
  });

  test('a host that was away deletes all if the engine has been restored from an older copy meanwhile', async () => {
    const { startTwo, database, client, name, bus } = await newSite();
    const { a, b } = await startTwo();
    const [register, log] = [`{${name}}:hosts`, `{${name}}:log`];
    await a.pages.quickDelete('/unknown');
    await Promise.all([client.copy(register, `${register}:copy`), client.copy(log, `${log}:copy`)]);
    const open = b.gates.shut();
    database.value += 1;
    await a.pages.quickDelete('/value');
    const { epoch } = await bus.state();
    const openA = a.gates.shut();
    await client.rename(`${register}:copy`, register);
    await client.rename(`${log}:copy`, log);
    // As if another server had been running when the copy was made.
    await client.hSet(register, 'era', 'another');
    expect(await bus.state()).toMatchObject({ previous: epoch });
    openA();
    open();
    await untilHit(b);
    expect((await b.request('/value')).body).toBe('value 2');
  });

  test('a host that has missed a whole epoch deletes all, although its term has not ended', async () => {
    const { startTwo, client, name, bus } = await newSite();
    const { b } = await startTwo();
    const [open, from] = [b.gates.shut(), b.logger.lines.length];
    for (const era of ['another', 'one more']) {
      await client.hSet(`{${name}}:hosts`, 'era', era);
      await bus.state();
    }
    open();
    const { fields } = await b.logger.waitFor(
      ({ message }) => message === 'pages may be stale, so all are deleted',
      from,
    );
    expect(fields.why).toBe('the log of the hosts was replaced');
  });

  test('a host that has served all along goes on in another epoch with its pages', async () => {
    const { startTwo, client, name, bus, database } = await newSite();
    const { a, b } = await startTwo();
    const from = b.logger.lines.length;
    await client.hSet(`{${name}}:hosts`, 'era', 'another');
    const { epoch } = await bus.state();
    database.value += 1;
    await a.pages.quickDelete('/other');
    expect((await bus.state()).epoch).toBe(epoch);
    // The page is still the old one, and was not rendered again.
    expect(await b.request('/value')).toMatchObject({ cache: HIT, body: 'value 1' });
    expect(b.logger.lines.slice(from).filter(({ fields }) => fields.why)).toEqual([]);
  });

  test('a render that was under way on a host when another deleted its page is not stored', async () => {
    const { startTwo, database, duringRender } = await newSite();
    const { a, b } = await startTwo();
    await a.pages.quickDelete('/value');
    duringRender(async () => {
      database.value += 1;
      await a.pages.quickDelete('/value');
    });
    expect(await b.visit('/value')).toMatchObject({ body: 'value 1', outcome: 'voided' });
    await untilHit(b);
    expect((await b.request('/value')).body).toBe('value 2');
  });

  test('an entry that cannot be read is for all pages', async () => {
    const { start, database, bus } = await newSite();
    const host = await start();
    database.value += 1;
    await bus.append(['{"from":"another","selector":{"kind":"of a later release"}}']);
    await expect.poll(async () => (await host.request('/value')).body).toBe('value 2');
  });

  test('a host stays in the register until its last process has gone, and is not waited for then', async () => {
    const { start, database, bus } = await newSite();
    const webRoot = join(await temporaryFolder(), 'pages');
    const [a, one] = [await start(), await start(webRoot)];
    const other = await start(webRoot);
    await bus.settle((await bus.state()).epoch);
    const id = await idOf(one);
    expect(await idOf(other)).toBe(id);
    await one.pages.close();
    expect((await bus.state()).hosts.has(id)).toBe(true);
    await untilHit(other);
    database.value += 1;
    await a.pages.quickDelete('/value');
    expect((await other.request('/value')).body).toBe('value 2');
    await other.pages.close();
    expect((await bus.state()).hosts.has(id)).toBe(false);
  });

  test('a deletion that could not be sent is sent after a restart', async () => {
    const { start, database, bus } = await newSite();
    const webRoot = join(await temporaryFolder(), 'pages');
    const [a, b] = [await start(webRoot), await start()];
    await bus.settle((await bus.state()).epoch);
    const append = a.gates.stop('append');
    database.value += 1;
    const deletion = a.pages.quickDelete('/value').catch((error: { code: string }) => error.code);
    await append.reached;
    // As if the process had been killed: its request to the bus comes too late.
    const closing = a.pages.close();
    await start(webRoot);
    await expect.poll(async () => (await b.request('/value')).body).toBe('value 2');
    append.open();
    await Promise.all([closing, deletion]);
  });
});
