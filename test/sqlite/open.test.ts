import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { betterSqlite3 } from '../../src/sqlite/better-sqlite3.js';
import type { Driver, SqliteDatabase } from '../../src/sqlite/database.js';
import { nodeSqlite } from '../../src/sqlite/node-sqlite.js';
import { loadDriver, openDatabase } from '../../src/sqlite/open.js';
import { problemOf } from '../../src/sqlite/problem.js';
import { isSafeSqlite } from '../../src/sqlite/safe-version.js';
import { staticGenerator } from '../../src/static-generator.js';
import { isUsable } from '../helpers/databases/other-driver.js';
import { type InstalledPackage, installedPackage } from '../helpers/process/installed-package.js';

const VARIABLE = 'STATICGENERATOR_SQLITE';
const hasNodeSqlite = isUsable(nodeSqlite);

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a release of SQLite', () => {
  test.each([
    ...['3.51.3', '3.51.4', '3.51.10', '3.52.0', '3.53.2', '3.100.0', '3.50.7', '3.50.12', '3.44.6'],
    ...['3.44.10', '4.0.0'],
  ])('%s is safe with several writers', (version) => {
    expect(isSafeSqlite(version)).toBe(true);
  });

  test.each([
    ...['3.51.2', '3.51.1', '3.51.0', '3.50.6', '3.50.0', '3.49.9', '3.45.0', '3.44.5', '3.44.0', '3.43.9'],
    ...['3.7.17', '2.8.17', '', 'unknown', '3', '3.51'],
  ])('%j is not', (version) => {
    expect(isSafeSqlite(version)).toBe(false);
  });

  test.each([
    [nodeSqlite, 'update to the latest release of Node 22, 24 or newer'],
    [betterSqlite3, 'npm install better-sqlite3@latest'],
  ])('that is not is not used, with the remedy ($name)', (driver, remedy) => {
    const working = hasNodeSqlite ? nodeSqlite : betterSqlite3;
    const outdated = { name: driver.name, load: () => withVersion(working, '3.45.1') };
    const problem = problemOf(
      outdated,
      thrownBy(() => loadDriver(outdated)),
    );
    expect(problem).toMatchObject({
      what: expect.stringMatching(/ has SQLite 3\.45\.1, which can lose commits with several processes$/),
      remedy,
    });
  });
});

/** Returns the driver's function that opens databases, but as if its SQLite had another version. */
function withVersion(driver: Driver, version: string) {
  const open = driver.load();
  return (...given: Parameters<typeof open>): SqliteDatabase => {
    const database = open(...given);
    const prepareValue = (sql: string) =>
      database.prepareValue(sql.replace('sqlite_version()', `'${version}'`));
    return { ...database, prepareValue: prepareValue as never, close: () => database.close() };
  };
}

describe('the driver', () => {
  const opened = (name: string) => {
    vi.stubEnv(VARIABLE, name);
    onTestFinished(() => void vi.unstubAllEnvs());
    return openDatabase(':memory:', { timeoutMilliseconds: 0 });
  };
  const driverOf = (database: SqliteDatabase) => database.constructor.name;

  test.runIf(hasNodeSqlite)('is that of Node where there is one', () => {
    expect(driverOf(opened(''))).toBe(driverOf(opened('node')));
  });

  test.skipIf(hasNodeSqlite)('is better-sqlite3 where Node has none', () => {
    expect(driverOf(opened(''))).toBe(driverOf(opened('better-sqlite3')));
  });

  test('that the environment names must be one that there is', () => {
    expect(thrownBy(() => opened('sqlite3'))).toMatchObject({
      code: 'ERR_NO_SQLITE',
      message: `Expected the environment variable ${VARIABLE} to be node or better-sqlite3, got "sqlite3" (string)`,
    });
  });

  test.skipIf(hasNodeSqlite)('that the environment names is not replaced by another', () => {
    expect(thrownBy(() => opened('node'))).toMatchObject({
      code: 'ERR_NO_SQLITE',
      message: `No usable SQLite was found. Node ${process.versions.node} has no node:sqlite: update to the latest release of Node 22, 24 or newer`,
    });
  });
});

describe('a command', () => {
  /** Runs `list` in a process whose Node has no SQLite, or must not use it. There is a ledger to read. */
  const list = async ({ folder, binary }: InstalledPackage, ...words: readonly string[]) => {
    const webRoot = join(folder, 'pages');
    await staticGenerator({ webRoot, urls: ['^/'], logger: false }).close();
    writeFileSync(join(folder, 'staticgenerator.config.json'), JSON.stringify({ webRoot, urls: ['^/'] }));
    const env = { PATH: process.env.PATH, ...(hasNodeSqlite ? { [VARIABLE]: 'better-sqlite3' } : {}) };
    return spawnSync(process.execPath, [binary, 'list', ...words], { cwd: folder, env, encoding: 'utf8' });
  };
  const ofNode = hasNodeSqlite
    ? ''
    : `Node ${process.versions.node} has no node:sqlite: update to the latest release of Node 22, 24 or newer. `;

  test('says in one line where no SQLite is there, with the remedies', async () => {
    const { status, stdout, stderr } = await list(await installedPackage());
    const text = `No usable SQLite was found. ${ofNode}The package better-sqlite3 is not installed: npm install better-sqlite3`;
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: `error: ${text}\n` });
  });

  test('says so in JSON too', async () => {
    const { stderr } = await list(await installedPackage(), '--json');
    const { error } = JSON.parse(stderr) as {
      readonly error: { readonly code: string; readonly problems: object[] };
    };
    expect(error.code).toBe('ERR_NO_SQLITE');
    expect(error.problems.at(-1)).toEqual({
      what: 'The package better-sqlite3 is not installed',
      remedy: 'npm install better-sqlite3',
    });
  });

  test('says in one line that the package lacks its native part, and how it gets one', async () => {
    const { status, stderr } = await list(await installedPackage({ nativeless: 'better-sqlite3' }));
    const [line = '', ...rest] = stderr.split('\n');
    expect({ status, rest }).toEqual({ status: 1, rest: [''] });
    expect(line).toContain(
      `The package better-sqlite3 is installed, but its native part does not load in Node ${process.versions.node} (`,
    );
    expect(line).toMatch(/\): npm rebuild better-sqlite3 --ignore-scripts=false$/);
    expect(line.length).toBeLessThan(500);
  });
});

test('that SQLite is an experiment of Node is not said, and other warnings are', () => {
  const program = `
    process.emitWarning('before');
    const { openDatabase } = await import(${JSON.stringify(new URL('../../dist/sqlite/open.js', import.meta.url).href)});
    openDatabase(':memory:', { timeoutMilliseconds: 0 }).close();
    process.emitWarning('after', 'ExperimentalWarning');
  `;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(stderr.match(/\w*Warning: .*/g)).toEqual(['Warning: before', 'ExperimentalWarning: after']);
});
