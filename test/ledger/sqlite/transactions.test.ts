import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { entryOf, store } from '../../contract/pages.js';
import { connect, elsewhere, start, timerFires } from './ledger-place.js';
import { OtherProcess } from './other-process.js';

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
    // If the ledger waited inside SQLite, none of these turns would come before it gives up.
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
