import { existsSync, rmSync } from 'node:fs';
import { open as openFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SqliteLedgerOptions } from '../../../src/ledger/sqlite/file/connection.js';
import { SqliteLedger } from '../../../src/ledger/sqlite/ledger.js';
import { parseTarget, type Selector } from '../../../src/page/selector.js';
import { locateWebRoot, prepareWebRoot, type WebRoot } from '../../../src/store/web-root.js';
import { describeLedger } from '../../contract/ledger.js';
import { entryOf, PageFiles, store } from '../../contract/pages.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { OtherProcess } from './other-process.js';

describeLedger('SqliteLedger', async () => {
  const webRoot = await newWebRoot();
  const open = ({ version }: { readonly version?: string | undefined } = {}) =>
    new SqliteLedger(optionsFor(webRoot, { version }));
  return { folder: webRoot.path, open };
});

async function newWebRoot(): Promise<WebRoot> {
  return locateWebRoot(join(await temporaryFolder(), 'pages'));
}

function optionsFor(webRoot: WebRoot, others: Partial<SqliteLedgerOptions> = {}): SqliteLedgerOptions {
  const nothing = () => undefined;
  const prepareFolder = () => prepareWebRoot(webRoot);
  return {
    file: webRoot.ledgerFile,
    version: '',
    prepareFolder,
    isEmpty: () => true,
    onIncomplete: nothing,
    onMovedAside: nothing,
    ...others,
  };
}

async function start(others: Partial<SqliteLedgerOptions> = {}) {
  const webRoot = await newWebRoot();
  const open = () => {
    const ledger = new SqliteLedger(optionsFor(webRoot, others));
    onTestFinished(() => ledger.close());
    return ledger;
  };
  return { webRoot, open, ledger: open(), files: new PageFiles(webRoot.path) };
}

/** A connection of another program to the ledger's file. */
function connect(webRoot: WebRoot): Database.Database {
  const database = new Database(webRoot.ledgerFile);
  onTestFinished(() => void database.close());
  return database;
}

const PAGE_BYTES = 4096;

const elsewhere: Selector = parseTarget('/elsewhere');
const many = (count: number): readonly Selector[] => Array.from({ length: count }, () => elsewhere);

describe('the log, when it has grown', () => {
  test('keeps the last 10,000 entries, which older leases are judged by', async () => {
    const { ledger, files } = await start();
    await ledger.append([parseTarget('/old')], 'void');
    const early = ledger.lease();
    await ledger.append(many(999), 'void');
    const late = ledger.lease();
    expect(late.sequence).toBe(1_000);
    await ledger.append(many(10_000), 'void');
    // Compacted at the 11,000th: what is left begins after the 1,000th.
    expect(ledger.log(20_000)).toHaveLength(10_000);
    expect(ledger.log(20_000).at(-1)?.sequence).toBe(1_001);
    await ledger.record(entryOf('/a'));
    await ledger.record(entryOf('/b'));
    // No entry that is left says anything about it; but those that are gone might have.
    expect(await ledger.place(entryOf('/a'), early, files.mover('a.page.html'))).toBe('voided');
    expect(
      await ledger.place(entryOf('/a'), { ...late, sequence: late.sequence - 1 }, files.mover('a.page.html')),
    ).toBe('voided');
    expect(await ledger.place(entryOf('/b'), late, files.mover('b.page.html'))).toBe('placed');
  });

  test('is compacted now and then, not with every entry', async () => {
    const { ledger } = await start();
    await ledger.append(many(10_000), 'void');
    await ledger.append(many(999), 'void');
    expect(ledger.log(20_000)).toHaveLength(10_999);
    await ledger.append(many(1), 'void');
    expect(ledger.log(20_000)).toHaveLength(10_000);
    await ledger.append(many(999), 'void');
    expect(ledger.log(20_000)).toHaveLength(10_999);
    await ledger.append(many(2), 'void');
    expect(ledger.log(20_000)).toHaveLength(10_000);
  });

  test.each(['delete', 'regenerate'] as const)(
    'keeps every entry from the first that has still to be done: %s',
    async (purpose) => {
      const { ledger, files } = await start();
      await ledger.append(many(499), 'void');
      const entries = await ledger.append([parseTarget('/a')], purpose);
      const lease = ledger.lease();
      await ledger.append(many(10_500), 'void');
      expect(entries.sequences).toEqual([500]);
      expect(ledger.log(20_000).at(-1)?.sequence).toBe(500);
      await ledger.record(entryOf('/b'));
      expect(await ledger.place(entryOf('/b'), lease, files.mover('b.page.html'))).toBe('placed');
      await ledger.markApplied(entries);
      await ledger.append(many(1_000), 'void');
      expect(ledger.log(20_000)).toHaveLength(10_000);
    },
  );

  test('uses no number again, though its last entries were removed', async () => {
    const { webRoot, ledger, open } = await start();
    await ledger.append(many(3), 'void');
    connect(webRoot).exec('DELETE FROM invalidations');
    const reopened = open();
    expect(reopened.lease().sequence).toBe(3);
    expect((await reopened.append([elsewhere], 'void')).sequences).toEqual([4]);
  });
});

describe('while another process has the lock', () => {
  test('the event loop goes on, and the transaction comes when it can', async () => {
    const { webRoot, ledger, files } = await start();
    const other = connect(webRoot);
    other.exec('BEGIN IMMEDIATE');
    const settled: string[] = [];
    const work = [
      store(ledger, files, entryOf('/a')).then((placement) => settled.push(placement)),
      ledger.append([elsewhere], 'delete').then(() => settled.push('appended')),
    ];
    // Were the waiting done inside of SQLite, none of these would come before it gives up.
    for (let timers = 0; timers < 20; timers += 1) await timerFires();
    for (let turns = 0; turns < 100; turns += 1) await nextTurn();
    expect(settled).toEqual([]);
    other.exec('COMMIT');
    await Promise.all(work);
    expect(settled.sort()).toEqual(['appended', 'placed']);
  });

  test('reading goes on', async () => {
    const { webRoot, ledger, files } = await start();
    await store(ledger, files, entryOf('/a'));
    const other = connect(webRoot);
    other.exec(
      "BEGIN IMMEDIATE; INSERT INTO invalidations (kind, value, applied, at) VALUES ('all', '', 0, 0)",
    );
    expect(ledger.find('', '/a')).toBeDefined();
    expect(ledger.lease().sequence).toBe(0);
    expect(ledger.unapplied().sequences).toEqual([]);
    expect([...ledger.pages()]).toHaveLength(1);
    other.exec('COMMIT');
    expect(ledger.lease().sequence).toBe(1);
  });

  test('which dies with it, the lock is free', async () => {
    const { webRoot, ledger, files } = await start();
    const other = await OtherProcess.start(webRoot.path);
    expect(await other.do('lock')).toBe(true);
    const stored = store(ledger, files, entryOf('/a'));
    for (let timers = 0; timers < 5; timers += 1) await timerFires();
    expect(ledger.find('', '/a')).toBeUndefined();
    await other.kill();
    expect(await stored).toBe('placed');
  });
});

describe('two processes', () => {
  test('see what each other does', async () => {
    const { webRoot, ledger, files } = await start();
    const other = await OtherProcess.start(webRoot.path);
    const entry = entryOf('/a', { tags: ['x'] });
    await store(ledger, files, entry);
    expect(await other.do('find', { path: '/a' })).toMatchObject({ file: 'a.page.html' });

    const lease = ledger.lease();
    await ledger.record(entry);
    const entries = await other.do('append', { path: '/a' });
    expect(ledger.unapplied()).toEqual(entries);
    expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');

    // Found before, and remembered: the other's commit is what makes it be looked for again.
    expect(ledger.find('', '/a')?.file).toBe(entry.file);
    await other.do('apply');
    expect(files.has(entry.file)).toBe(false);
    expect(ledger.find('', '/a')).toBeUndefined();
    expect(await other.do('store', { path: '/b', tags: ['y'] })).toBe('placed');
    expect([...ledger.pages()]).toMatchObject([{ path: '/b', tags: ['y'] }]);
  });

  test('finish what the other has begun before it was killed', async () => {
    const { webRoot, ledger, files } = await start();
    await store(ledger, files, entryOf('/a'));
    const other = await OtherProcess.start(webRoot.path);
    await other.do('append', { path: '/a' });
    await other.kill();
    expect(await ledger.apply(ledger.unapplied(), files)).toMatchObject([{ path: '/a' }]);
    expect(ledger.unapplied().sequences).toEqual([]);
    expect(files.has('a.page.html')).toBe(false);
  });

  test('that open it for the first time at once create it once', async () => {
    const webRoot = await newWebRoot();
    const processes = await Promise.all(Array.from({ length: 4 }, () => OtherProcess.start(webRoot.path)));
    const created = await Promise.all(processes.map((one) => one.do('created')));
    expect(created.filter((times) => times === 1)).toHaveLength(1);
    expect(created.filter((times) => times === 0)).toHaveLength(3);
    const placements = processes.map((one, index) => one.do('store', { path: `/${index}` }));
    expect(await Promise.all(placements)).toEqual(['placed', 'placed', 'placed', 'placed']);
  });
});

describe('a ledger whose file is removed under the running process', () => {
  test.each<[string, (webRoot: WebRoot) => Promise<unknown>]>([
    [
      'with its -wal and -shm',
      (webRoot) => Promise.all(['', '-wal', '-shm'].map((suffix) => rm(`${webRoot.ledgerFile}${suffix}`))),
    ],
    ['alone', (webRoot) => rm(webRoot.ledgerFile)],
    ['with the whole private folder', (webRoot) => rm(webRoot.stateFolder, { recursive: true })],
    ['with all pages', (webRoot) => rm(webRoot.path, { recursive: true })],
  ])('begins anew, and every lease is void: %s', async (_, remove) => {
    let created = 0;
    const { webRoot, ledger, files, open } = await start({
      isEmpty: () => {
        created += 1;
        return true;
      },
    });
    await store(ledger, files, entryOf('/a'));
    await ledger.append([elsewhere], 'void');
    const lease = ledger.lease();
    await remove(webRoot);
    // A WEB_ROOT with pages and no marker is somebody else's.
    if (!existsSync(webRoot.stateFolder)) await rm(webRoot.path, { recursive: true, force: true });

    await ledger.record(entryOf('/b'));
    expect(created).toBe(2);
    expect(await ledger.place(entryOf('/b'), lease, files.mover('b.page.html'))).toBe('voided');
    expect(await store(ledger, files, entryOf('/b'))).toBe('placed');
    expect(ledger.find('', '/a')).toBeUndefined();
    expect([...open().pages()].map(({ path }) => path)).toEqual(['/b']);
    expect(connect(webRoot).pragma('integrity_check', { simple: true })).toBe('ok');
  });

  test('gives a render that begins a lease of the new one', async () => {
    const { webRoot, ledger, files } = await start();
    const before = ledger.lease();
    await rm(webRoot.ledgerFile);
    const lease = ledger.lease();
    expect(lease.generation).not.toBe(before.generation);
    await ledger.record(entryOf('/a'));
    expect(await ledger.place(entryOf('/a'), lease, files.mover('a.page.html'))).toBe('placed');
  });

  test('keeps no page that was placed in that very moment', async () => {
    const { webRoot, ledger, files } = await start();
    const entry = entryOf('/a');
    await ledger.record(entry);
    const mover = files.mover(entry.file);
    const place = () => {
      rmSync(webRoot.ledgerFile);
      mover.place();
    };
    expect(await ledger.place(entry, ledger.lease(), { ...mover, place })).toBe('voided');
    // The new ledger knows nothing of it.
    expect(files.has(entry.file)).toBe(false);
    expect(await store(ledger, files, entry)).toBe('placed');
  });

  test('does not take a deletion for done that it has lost', async () => {
    const { webRoot, ledger, files } = await start();
    const sequences = await ledger.append([parseTarget('/a')], 'delete');
    const applied = ledger.apply(sequences, files);
    await rm(webRoot.ledgerFile);
    const outcome = await applied.catch((error: unknown) => error);
    if (Array.isArray(outcome)) expect(outcome).toEqual([]);
    else expect(outcome).toMatchObject({ code: 'ERR_LEDGER_REPLACED', path: webRoot.ledgerFile });
  });

  const removeAll = async ({ ledgerFile }: WebRoot) => {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${ledgerFile}${suffix}`);
  };

  test('is followed by all processes to the same new one', async () => {
    await followed(removeAll);
  });

  test('is followed by all processes to the same new one, though -wal and -shm are left', async () => {
    await followed(({ ledgerFile }) => rm(ledgerFile));
  });

  async function followed(remove: (webRoot: WebRoot) => Promise<unknown>): Promise<void> {
    const { webRoot, ledger, files, open } = await start();
    const second = open();
    const other = await OtherProcess.start(webRoot.path);
    await store(ledger, files, entryOf('/a'));
    await remove(webRoot);
    expect(await store(second, files, entryOf('/b'))).toBe('placed');
    expect(await other.do('store', { path: '/c' })).toBe('placed');
    expect(await store(ledger, files, entryOf('/d'))).toBe('placed');
    for (const one of [ledger, second])
      expect([...one.pages()].map(({ path }) => path)).toEqual(['/b', '/c', '/d']);
    expect(await other.do('find', { path: '/d' })).toMatchObject({ file: 'd.page.html' });
    expect(connect(webRoot).pragma('integrity_check', { simple: true })).toBe('ok');
  }

  test('fails what is asked for where no new one can be made, and works again afterwards', async () => {
    let isFull = false;
    const { webRoot, ledger, files } = await start({
      isEmpty: () => {
        if (isFull) throw Object.assign(new Error('disk full'), { code: 'ENOSPC' });
        return true;
      },
    });
    isFull = true;
    await rm(webRoot.ledgerFile);
    await expect(ledger.record(entryOf('/a'))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(() => ledger.lease()).toThrow('disk full');
    isFull = false;
    expect(await store(ledger, files, entryOf('/a'))).toBe('placed');
  });
});

describe('a ledger whose file is replaced by another one', () => {
  test('is that one from now on', async () => {
    const { webRoot, ledger, files } = await start();
    const backup = `${webRoot.ledgerFile}.backup`;
    await store(ledger, files, entryOf('/old'));
    connect(webRoot).exec(`VACUUM INTO '${backup}'`);
    await store(ledger, files, entryOf('/new'));
    await ledger.append(many(5), 'delete');
    const lease = ledger.lease();
    for (const suffix of ['-wal', '-shm']) await rm(`${webRoot.ledgerFile}${suffix}`);
    await rename(backup, webRoot.ledgerFile);

    await ledger.record(entryOf('/a'));
    expect(await ledger.place(entryOf('/a'), lease, files.mover('a.page.html'))).toBe('voided');
    expect([...ledger.pages()].map(({ path }) => path)).toEqual(['/old']);
    expect(ledger.log(10)).toEqual([]);
    expect(await store(ledger, files, entryOf('/a'))).toBe('placed');
  });

  test('does not apply an entry of the same number in it', async () => {
    const { webRoot, ledger, files } = await start();
    const backup = `${webRoot.ledgerFile}.backup`;
    await store(ledger, files, entryOf('/precious'));
    const deletion = await ledger.append([{ kind: 'all' }], 'delete');
    connect(webRoot).exec(`VACUUM INTO '${backup}'`);
    const other = connect(webRoot);
    other.exec('BEGIN IMMEDIATE');
    // It has its number, and waits for the lock: the file is replaced before it gets that.
    const applied = ledger.apply(deletion, files);
    const outcome = expect(applied).rejects.toMatchObject({ code: 'ERR_LEDGER_REPLACED' });
    for (let timers = 0; timers < 3; timers += 1) await timerFires();
    await rename(backup, webRoot.ledgerFile);
    other.exec('COMMIT');
    await outcome;
    expect(files.has('precious.page.html')).toBe(true);
  });

  test('does not apply one of the same number, if it was opened since the other was appended', async () => {
    const { webRoot, ledger, files } = await start();
    const backup = `${webRoot.ledgerFile}.backup`;
    await store(ledger, files, entryOf('/precious'));
    const deletion = await ledger.append([{ kind: 'all' }], 'delete');
    connect(webRoot).exec(`VACUUM INTO '${backup}'`);
    await rename(backup, webRoot.ledgerFile);
    ledger.lease();
    await expect(ledger.apply(deletion, files)).rejects.toMatchObject({ code: 'ERR_LEDGER_REPLACED' });
    await expect(ledger.matching(deletion)).rejects.toMatchObject({ code: 'ERR_LEDGER_REPLACED' });
    await ledger.markApplied(deletion);
    expect(files.has('precious.page.html')).toBe(true);
    expect(ledger.unapplied().sequences).toEqual(deletion.sequences);
  });
});

describe('a ledger that is found damaged while it is used', () => {
  test('is moved aside, and a new one begins with the next transaction', async () => {
    const movedTo: string[] = [];
    let created = 0;
    const { webRoot, ledger, files, open } = await start({
      onMovedAside: (file) => movedTo.push(file),
      isEmpty: () => {
        created += 1;
        return true;
      },
    });
    for (let index = 0; index < 50; index += 1)
      await store(ledger, files, entryOf(`/${index}`, { tags: ['x'] }));
    // Found where a page is read that the connection has not in its memory: this one has read next to nothing.
    const fresh = open();
    const lease = fresh.lease();
    await damage(webRoot);
    const outcomes = await Promise.allSettled([
      fresh.append([{ kind: 'tag', value: 'x' }], 'delete'),
      fresh.record(entryOf('/a')),
    ]);
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    expect(movedTo).toHaveLength(1);
    expect(existsSync(movedTo[0] ?? '')).toBe(true);

    await fresh.record(entryOf('/a'));
    expect(created).toBe(2);
    expect(await fresh.place(entryOf('/a'), lease, files.mover('a.page.html'))).toBe('voided');
    expect(await store(ledger, files, entryOf('/b'))).toBe('placed');
    expect(fresh.find('', '/b')).toBeDefined();
  });
});

/** Overwrites the tables of a ledger in place, as a bad disk would. */
async function damage(webRoot: WebRoot): Promise<void> {
  const database = new Database(webRoot.ledgerFile);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  const { size } = await stat(webRoot.ledgerFile);
  const handle = await openFile(webRoot.ledgerFile, 'r+');
  // All but the first page, which tells what the others are.
  await handle.write(Buffer.alloc(size - PAGE_BYTES, 0xff), 0, size - PAGE_BYTES, PAGE_BYTES);
  await handle.close();
}

/** Resolves when a timer has fired: the event loop goes on. */
async function timerFires(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2));
}
