import { existsSync } from 'node:fs';
import { open as openFile, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { WebRoot } from '../../../../src/store/web-root.js';
import { entryOf, store } from '../../../contract/pages.js';
import { changeLedgerFile } from '../../../helpers/databases/ledger-file.js';
import { start } from '../ledger-place.js';

const PAGE_BYTES = 4096;

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
    // The damage is found when SQLite reads a page that it has not cached. This new connection has cached almost
    // nothing.
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
  changeLedgerFile(webRoot.ledgerFile, 'PRAGMA wal_checkpoint(TRUNCATE)');
  const { size } = await stat(webRoot.ledgerFile);
  const handle = await openFile(webRoot.ledgerFile, 'r+');
  // All except the first page, which describes the others.
  await handle.write(Buffer.alloc(size - PAGE_BYTES, 0xff), 0, size - PAGE_BYTES, PAGE_BYTES);
  await handle.close();
}
