/** Processes that are killed at each step of a save: the next process that starts finishes what they have left. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { composeSite } from '../../../src/site.js';
import {
  installedMariadb,
  type MariadbAddress,
  runOnce,
  useMariadb,
} from '../../helpers/databases/mariadb.js';
import {
  installedPostgres,
  type PostgresAddress,
  queryOnce,
  usePostgres,
} from '../../helpers/databases/postgres.js';
import { effort } from '../../helpers/effort.js';
import { PATIENCE_MS } from '../../helpers/patience.js';
import { temporaryFolder } from '../../helpers/temporary.js';

interface Saved {
  readonly calls: readonly string[];
  readonly stored: number;
}

interface Subject {
  readonly adapter: 'pool' | 'mysql' | 'sqlite' | 'typeorm' | 'sequelize';
  readonly database: PostgresAddress | MariadbAddress | string;
  /** Whether the save is in an explicit transaction. */
  readonly within: boolean;
}

const pathOf = (name: string) => fileURLToPath(new URL(`../../helpers/${name}`, import.meta.url));
const SCHEMA = 'create table posts (id integer primary key, title text not null)';
const ROW = `insert into posts values (1, 'old')`;
const BEGIN = 'sqlite BEGIN IMMEDIATE';
/** Matches the answer to the statement that makes the save durable. */
const COMMITTED = /^answer (?:COMMIT|the save)$/;

/** Returns the calls before which a save is killed: in long runs, every call. */
function stepsOf(calls: readonly string[]): readonly number[] {
  if (isLong) return calls.map((_, index) => index + 1);
  const committed = calls.findIndex((call) => COMMITTED.test(call));
  // Before anything is recorded; when the answer is lost; before anything is deleted.
  const steps = [calls.indexOf(BEGIN), committed, calls.indexOf(BEGIN, committed)];
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  return steps.map((index) => index + 1);
}

/** Saves in a process of its own, which is killed before the `at`-th call. Returns undefined if it was killed there. */
async function save(subject: Subject, webRoot: string, at: number): Promise<Saved | undefined> {
  const child: ChildProcess = fork(
    pathOf('site/saving-process.mjs'),
    [JSON.stringify({ ...subject, webRoot })],
    {
      execArgv: ['--import', new URL('../../helpers/protocol/faults/preload.mjs', import.meta.url).href],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const exited = once(child, 'exit');
  await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  child.send({ at, within: subject.within });
  const answer = once(child, 'message').then(([message]) => message as Saved);
  const saved = await Promise.race([answer, exited.then(() => undefined)]);
  child.kill('SIGKILL');
  await exited;
  return saved;
}

async function valueIn(database: Subject['database']): Promise<string> {
  const sql = 'select title from posts';
  if (typeof database === 'string') return String(new Database(database).prepare(sql).pluck().get());
  if ('socketPath' in database) {
    const own = `select count(*) as n from information_schema.processlist where db = '${database.database}' and id <> connection_id()`;
    const count = async () => Number(((await runOnce(database, own)) as { n: unknown }[])[0]?.n);
    while ((await count()) > 0) await delay(5);
    return String(((await runOnce(database, sql)) as { title: unknown }[])[0]?.title);
  }
  // The database may still carry out a statement until its connection has ended.
  const others = `select count(*)::int as n from pg_stat_activity where datname = '${database.database}' and pid <> pg_backend_pid()`;
  while ((await queryOnce(database, others)).rows[0].n > 0) await delay(5);
  return String((await queryOnce(database, sql)).rows[0].title);
}

async function reset(database: Subject['database']): Promise<void> {
  const sql = `update posts set title = 'old'`;
  if (typeof database === 'string') new Database(database).exec(sql);
  else if ('socketPath' in database) await runOnce(database, sql);
  else await queryOnce(database, sql);
}

/** Returns the page after a start of the site, if it is still stored. */
async function pageAfterStart(webRoot: string): Promise<string | undefined> {
  const site = composeSite({ webRoot, urls: [/^\//], logger: false }, { makesPages: true });
  try {
    await site.intents.takeOver();
    await site.invalidator.takeOver();
  } finally {
    await site.close();
  }
  const file = join(webRoot, 'post.page.html');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

async function killEverywhere(subject: Subject): Promise<void> {
  const folder = await temporaryFolder();
  const untouched = await save(subject, join(folder, 'untouched'), -1);
  expect(untouched?.stored).toBe(1);
  const { calls = [] } = untouched ?? {};
  let [kept, gone] = [0, 0];
  for (const at of stepsOf(calls)) {
    await reset(subject.database);
    const webRoot = join(folder, `killed-${at}`);
    // Background work of a site is counted too, so the last calls may not happen again. Then the process is not killed
    // before them.
    await save(subject, webRoot, at);
    const value = await valueIn(subject.database);
    const page = await pageAfterStart(webRoot);
    if (page !== undefined) expect(page, `killed before ${at}. ${calls[at - 1]}`).toBe(value);
    if (page === undefined) gone += 1;
    else kept += 1;
  }
  // Otherwise the start alone has deleted everything, or nothing, and the test shows nothing.
  expect([kept > 0, gone > 0]).toEqual([true, true]);
}

const isLong = effort({ usual: 0, long: 1 }) === 1;

describe('SQLite', () => {
  test.each(isLong ? [true, false] : [true])('better-sqlite3, in a transaction: %s', async (within) => {
    const database = join(await temporaryFolder(), 'posts.sqlite');
    new Database(database).exec(`${SCHEMA}; ${ROW}`);
    await killEverywhere({ adapter: 'sqlite', database, within });
  });

  // The same driver, used by TypeORM.
  test.runIf(isLong).each([true, false])('TypeORM, in a transaction: %s', async (within) => {
    const database = join(await temporaryFolder(), 'posts.sqlite');
    new Database(database).exec(`${SCHEMA}; ${ROW}`);
    await killEverywhere({ adapter: 'typeorm', database, within });
  });
});

describe.skipIf(installedPostgres === undefined)('PostgreSQL', () => {
  const postgres = usePostgres();
  test.each<readonly [Subject['adapter'], boolean]>([
    ['pool', true],
    ...(isLong
      ? ([
          ['pool', false],
          ['sequelize', false],
          ['sequelize', true],
          ['typeorm', true],
          ['typeorm', false],
        ] as const)
      : []),
  ])('%s, in a transaction: %s', async (adapter, within) => {
    const database = await postgres.createDatabase();
    await queryOnce(database, `${SCHEMA}; ${ROW}`);
    await killEverywhere({ adapter, database, within });
  });
});

describe.skipIf(installedMariadb === undefined)('MariaDB', () => {
  const mariadb = useMariadb();
  test.each(isLong ? [true, false] : [true])('mysql2, in a transaction: %s', async (within) => {
    const database = await mariadb.createDatabase();
    await runOnce(database, `${SCHEMA}; ${ROW}`);
    await killEverywhere({ adapter: 'mysql', database, within });
  });
});
