import { existsSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { WebRoot } from '../../../../src/store/web-root.js';
import { entryOf, store } from '../../../contract/pages.js';
import { valueIn } from '../../../helpers/databases/ledger-file.js';
import { parseTarget } from '../../../helpers/selectors.js';
import { connect, elsewhere, many, start, timerFires } from '../ledger-place.js';
import { OtherProcess } from '../other-process.js';

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
    // A WEB_ROOT that has pages but no marker belongs to something else.
    if (!existsSync(webRoot.stateFolder)) await rm(webRoot.path, { recursive: true, force: true });

    await ledger.record(entryOf('/b'));
    expect(created).toBe(2);
    expect(await ledger.place(entryOf('/b'), lease, files.mover('b.page.html'))).toBe('voided');
    expect(await store(ledger, files, entryOf('/b'))).toBe('placed');
    expect(ledger.find('', '/a')).toBeUndefined();
    expect([...open().pages()].map(({ path }) => path)).toEqual(['/b']);
    expect(valueIn(connect(webRoot), 'PRAGMA integrity_check')).toBe('ok');
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
    // The new ledger knows nothing about the page.
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
    expect(await other.do('store', { entry: entryOf('/c') })).toBe('placed');
    expect(await store(ledger, files, entryOf('/d'))).toBe('placed');
    for (const one of [ledger, second])
      expect([...one.pages()].map(({ path }) => path)).toEqual(['/b', '/c', '/d']);
    expect(await other.do('find', { path: '/d' })).toMatchObject({ file: 'd.page.html' });
    expect(valueIn(connect(webRoot), 'PRAGMA integrity_check')).toBe('ok');
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
    // The deletion has its number, and waits for the lock. The file is replaced before it gets the lock.
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
