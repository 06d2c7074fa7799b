import { EventEmitter, once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { postgresBus, trackPgPool } from '../../../src/track/postgres/index.js';
import { type BusEngine, describeBus } from '../../contract/bus.js';
import { installedPgBouncer, startPgBouncer } from '../../helpers/databases/pgbouncer.js';
import {
  installedPostgres,
  type PostgresAddress,
  queryOnce,
  usePostgres,
} from '../../helpers/databases/postgres.js';
import { startSite } from '../../helpers/site/site.js';

describe.skipIf(installedPostgres === undefined)('postgres', () => {
  const server = usePostgres();
  let address: PostgresAddress;
  let pool: pg.Pool;
  beforeAll(async () => {
    address = await server.createDatabase();
    pool = new pg.Pool(address);
  });
  afterAll(() => pool.end());
  const clusterOf = (name: string, termSeconds = 5) => postgresBus(pool, { name, termSeconds });
  const open = (name: string, of: object = pool) => {
    const bus = postgresBus(of as pg.Pool, { name, termSeconds: 3 }).connect();
    onTestFinished(() => bus.close());
    return bus;
  };
  const run = async (sql: string, ...values: readonly unknown[]) => void (await pool.query(sql, [...values]));

  describeBus(
    (): BusEngine => ({
      cluster: clusterOf,
      socket: () => `${address.host}/.s.PGSQL.${address.port}`,
      clusterAt: (port, name) => {
        const through = new pg.Pool({ ...address, host: '127.0.0.1', port });
        onTestFinished(() => through.end());
        return postgresBus(through, { name, termSeconds: 3 });
      },
      empty: async (name) => {
        for (const table of ['', '_host', '_log'])
          await run(`delete from staticgenerator_bus${table} where name = $1`, name);
      },
      cutLog: (name, upTo) =>
        run('delete from staticgenerator_bus_log where name = $1 and place <= $2', name, upTo),
    }),
  );

  test('a survey makes no tables', async () => {
    const database = await server.createDatabase();
    const own = new pg.Pool(database);
    onTestFinished(() => own.end());
    expect(await open('nothing', own).survey()).toBeUndefined();
    expect((await own.query("select 1 from pg_class where relname like 'staticgenerator%'")).rows).toEqual(
      [],
    );
  });

  test('a row that was deleted takes the log with it', async () => {
    const bus = open('no-row');
    const { epoch } = await bus.append(['a', 'b']);
    await run("delete from staticgenerator_bus where name = 'no-row'");
    expect((await bus.state()).epoch).not.toBe(epoch);
    expect((await bus.append(['c'])).last).toBe(1);
    expect((await bus.read(0, 10)).entries).toEqual([{ position: 1, text: 'c' }]);
  });

  test('tables that were restored from a copy are of another epoch', async () => {
    const database = await server.createDatabase();
    const own = new pg.Pool(database);
    onTestFinished(() => own.end());
    const bus = open('restored', own);
    const { epoch } = await bus.append(['a']);
    const tables = ['staticgenerator_bus', 'staticgenerator_bus_host', 'staticgenerator_bus_log'];
    for (const table of tables) {
      await queryOnce(database, `create table copy (like ${table} including all)`);
      await queryOnce(database, `insert into copy select * from ${table}`);
      if (table === tables[0]) await bus.append(['b']);
      await queryOnce(database, `drop table ${table}; alter table copy rename to ${table}`);
    }
    expect(await bus.survey()).toMatchObject({ epoch, isCurrent: false });
    const state = await bus.state();
    expect(state.epoch).not.toBe(epoch);
    expect(state).toMatchObject({ previous: epoch, base: 1, last: 1, settled: false });
    expect((await bus.read(0, 10)).entries).toEqual([{ position: 1, text: 'a' }]);
  });

  test('a database whose transactions see one state only is told to look again', async () => {
    const strict = new pg.Pool({ ...address, options: '-c default_transaction_isolation=serializable' });
    onTestFinished(() => strict.end());
    const [one, other] = [open('strict', strict), open('strict', strict)];
    const appended = await Promise.all([one, other, one, other].map((bus) => bus.append(['a'])));
    expect(appended.map(({ last }) => last).toSorted()).toEqual([1, 2, 3, 4]);
  });

  test('whoever may not create the tables is told what to run, and what rights are needed', async () => {
    const database = await server.createDatabase();
    const name = `clerk_${process.pid}`;
    await queryOnce(database, `create role ${name} login; revoke create on schema public from public`);
    onTestFinished(async () => void (await queryOnce(database, `drop owned by ${name}; drop role ${name}`)));
    const own = new pg.Pool({ ...database, user: name });
    onTestFinished(() => own.end());
    const bus = open('rights', own);
    const refused = await bus.state().catch((error: unknown) => error as Error & { code: string });
    expect(refused).toMatchObject({ code: 'ERR_CLUSTER_UNREACHABLE' });
    const [, sql = ''] = /rights on them:(.*)/s.exec(String((refused as Error).message)) ?? [];
    await queryOnce(database, sql);
    await queryOnce(
      database,
      `grant select, insert, update, delete on staticgenerator_bus, staticgenerator_bus_host, staticgenerator_bus_log to ${name}`,
    );
    expect((await bus.append(['a'])).last).toBe(1);
  });

  test('a replica is not the bus', async () => {
    const reader = new pg.Pool({ ...address, options: '-c default_transaction_read_only=on' });
    onTestFinished(() => reader.end());
    await open('reader').state();
    await expect(open('reader', reader).append(['a'])).rejects.toThrow(/read-only/);
  });

  test('its statements are no changes of a pool that is followed', async () => {
    const { pages } = await startSite(() => undefined);
    const followed = new pg.Pool(address);
    onTestFinished(() => followed.end());
    trackPgPool(followed, pages);
    const bus = open('followed', followed);
    await bus.append(['a']);
    expect(followed.totalCount).toBe(0);
  });

  test('sends no more test notifications for many hosts than for one', async () => {
    const sent: string[] = [];
    class Client extends pg.Client {
      override query(...words: readonly unknown[]): never {
        if (/^select (?:1|pg_notify)/.test(String(words[0]))) sent.push(String(words[0]));
        return super.query(words[0] as string) as never;
      }
    }
    const counted = new pg.Pool(address);
    onTestFinished(() => counted.end());
    Reflect.set(counted, 'Client', Client);
    const bus = open('turns', counted);
    const { epoch } = await bus.state();
    for (const host of ['a', 'b', 'c', 'd']) await bus.tell({ host, name: '', epoch, cursor: 0 });
    bus.listen(() => undefined);
    const looks = () => sent.filter((text) => text === 'select 1').length;
    await expect.poll(looks).toBeGreaterThanOrEqual(10);
    // One test when the bus begins to listen, then one at every fourth look.
    const kinds = sent.map((text) => (text === 'select 1' ? 'look' : 'test'));
    expect(kinds.slice(0, 12).join(' ')).toBe('look test look look look look test look look look look test');
  });

  test.skipIf(installedPgBouncer === undefined)(
    'works behind a pooler that gives it connections of its own',
    async () => {
      const through = new pg.Pool(await startPgBouncer(address, 'session'));
      onTestFinished(() => through.end());
      const [listener, other] = [open('session', through), open('session', through)];
      const heard = new EventEmitter();
      listener.listen(() => heard.emit('news'));
      await once(heard, 'news');
      const news = once(heard, 'news');
      expect((await other.append(['a'])).last).toBe(1);
      await news;
      expect((await listener.read(0, 10)).entries).toHaveLength(1);
    },
  );

  test.skipIf(installedPgBouncer === undefined).each(['transaction', 'statement'])(
    'behind a pooler that shares connections by %s it says what to do',
    async (mode) => {
      const through = new pg.Pool(await startPgBouncer(address, mode));
      onTestFinished(() => through.end());
      const bus = open(mode, through);
      bus.listen(() => undefined);
      await expect
        .poll(() => bus.state().catch((error: Error) => error.message))
        .toMatch(/pool_mode = session/);
    },
  );

  test.each([
    ['no database', { database: 'nowhere' }, /"nowhere" does not exist/],
    ['no user', { user: 'nobody_here' }, /"nobody_here" does not exist/],
    ['no server', { host: '127.0.0.1', port: 1 }, /ECONNREFUSED/],
  ])('says what is wrong: %s', async (_name, wrong, message) => {
    const own = new pg.Pool({ ...address, ...wrong });
    onTestFinished(() => own.end());
    await expect(open('wrong', own).state()).rejects.toThrow(message);
  });

  test.each([
    ['no pool', () => postgresBus({} as never), /pool/],
    ['a long name', () => postgresBus(pool, { name: 'x'.repeat(41) }), /name/],
    ['a short term', () => postgresBus(pool, { termSeconds: 2 }), /termSeconds/],
    ['an option that is none', () => postgresBus(pool, { term: 2 } as never), /term/],
  ])('refuses %s', (_name, make, message) => {
    expect(make).toThrow(message);
  });
});
