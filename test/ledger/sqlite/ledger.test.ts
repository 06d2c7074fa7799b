import { describe, expect, test } from 'vitest';
import { hold } from '../../../src/ledger/sqlite/file/alone.js';
import { SqliteLedger } from '../../../src/ledger/sqlite/ledger.js';
import { isBusy } from '../../../src/ledger/sqlite/lock.js';
import { prepareWebRoot } from '../../../src/store/web-root.js';
import { describeLedger } from '../../contract/ledger.js';
import { entryOf, store } from '../../contract/pages.js';
import { parseTarget } from '../../helpers/selectors.js';
import { connect, newWebRoot, optionsFor, start } from './ledger-place.js';
import { OtherProcess } from './other-process.js';

describeLedger('SqliteLedger', async () => {
  const webRoot = await newWebRoot();
  const open = ({ version }: { readonly version?: string | undefined } = {}) =>
    new SqliteLedger(optionsFor(webRoot, { version }));
  return { folder: webRoot.path, open };
});

/** Whether a process has the lock that only one has at a time. */
function isHeld(lockFile: string): boolean {
  try {
    hold(lockFile, 0).release();
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  }
}

describe('two processes', () => {
  test('see what each other does', async () => {
    const { webRoot, ledger, files } = await start();
    const other = await OtherProcess.start(webRoot.path);
    const entry = entryOf('/a', { tags: ['x'] });
    await store(ledger, files, entry);
    expect(await other.do('find', { path: '/a' })).toMatchObject({ file: 'a.page.html' });

    const lease = ledger.lease();
    await ledger.record(entry);
    const entries = await other.do('append', { selector: parseTarget('/a') });
    expect(ledger.unapplied()).toEqual(entries);
    expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');

    // The page was found before, and is cached. Only the commit of the other process makes the ledger look it up again.
    expect(ledger.find('', '/a')?.file).toBe(entry.file);
    await other.do('apply');
    expect(files.has(entry.file)).toBe(false);
    expect(ledger.find('', '/a')).toBeUndefined();
    expect(await other.do('store', { entry: entryOf('/b', { tags: ['y'] }) })).toBe('placed');
    expect([...ledger.pages()]).toMatchObject([{ path: '/b', tags: ['y'] }]);
  });

  test('look for a commit of the other once in a run of code, and again after every wait', async () => {
    const { webRoot, ledger, files } = await start();
    const entry = entryOf('/a');
    await store(ledger, files, entry);
    const other = connect(webRoot);
    const remembered = ledger.find('', '/a');
    other.exec('DELETE FROM pages');
    expect(ledger.find('', '/a')).toBe(remembered);
    await Promise.resolve();
    expect(ledger.find('', '/a')).toBeUndefined();

    expect(ledger.learnedCookies()).toEqual([]);
    other.exec("INSERT INTO cookies (name, sequence) VALUES ('seen', 0)");
    await Promise.resolve();
    expect(ledger.find('', '/a')).toBeUndefined();
    expect(ledger.learnedCookies()).toEqual(['seen']);
  });

  test('finish what the other has begun before it was killed', async () => {
    const { webRoot, ledger, files } = await start();
    await store(ledger, files, entryOf('/a'));
    const other = await OtherProcess.start(webRoot.path);
    await other.do('append', { selector: parseTarget('/a') });
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
    const placements = processes.map((one, index) => one.do('store', { entry: entryOf(`/${index}`) }));
    expect(await Promise.all(placements)).toEqual(['placed', 'placed', 'placed', 'placed']);
  });

  test('wait for the other if it has found the new file before it was a ledger, and writes to it', async () => {
    const webRoot = await newWebRoot();
    prepareWebRoot(webRoot);
    const early = connect(webRoot);
    early.exec('BEGIN IMMEDIATE');
    const opening = OtherProcess.start(webRoot.path);
    const failed = opening.then(
      () => false,
      () => true,
    );
    // The process has met the lock, and now waits as the one that may create the ledger.
    await expect.poll(() => isHeld(`${webRoot.ledgerFile}-lock`)).toBe(true);
    early.exec('ROLLBACK');
    expect(await failed).toBe(false);
    expect(await (await opening).do('created')).toBe(1);
  });
});
