import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClaimedPurge, PurgeOutbox } from '../../../src/ledger/ledger.js';
import { SqliteLedger } from '../../../src/ledger/sqlite/ledger.js';
import { entryOf, store } from '../../contract/pages.js';
import { changeLedgerFile, openLedgerFile } from '../../helpers/databases/ledger-file.js';
import { optionsFor, start as startPlace } from './ledger-place.js';

const NOW = Date.now();
const FAR_MS = 24 * 60 * 60 * 1000;

/** Opens the ledger of a site with a CDN. The CDN has already got the first purge, which is for everything. */
async function start() {
  const place = await startPlace({ isPurged: true });
  const purges = purgesOf(place.ledger);
  await purges.markTaken(await claim(purges), undefined);
  return { ...place, purges };
}

function purgesOf({ purges }: SqliteLedger): PurgeOutbox {
  if (purges === undefined) throw new Error('This ledger has no outbox');
  return purges;
}

function claim(purges: PurgeOutbox, { now = Date.now(), limit = 1000, maxWaiting = 1000 } = {}) {
  return purges.claim({ now, limit, maxWaiting });
}

function shown(claimed: readonly ClaimedPurge[]): readonly string[] {
  return claimed.map((one) => {
    if (one.kind === 'page') return `${one.host}${one.path}`;
    return one.kind === 'tag' ? `#${one.tag}` : 'all';
  });
}

async function waiting(purges: PurgeOutbox): Promise<readonly string[]> {
  const claimed = await claim(purges);
  await purges.release(claimed);
  return shown(claimed);
}

describe('a purge is noted in the transaction that', () => {
  test('removes the page of an invalidation: nobody sees one without the other', async () => {
    const { ledger, files, purges, webRoot } = await start();
    const paths = Array.from({ length: 40 }, (_, n) => `/posts/${n}`);
    for (const path of paths) await store(ledger, files, entryOf(path, { tags: ['post'] }));
    const other = openLedgerFile(webRoot.ledgerFile, { readonly: true });
    onTestFinished(() => other.close());
    const rows = other.prepareValue<[], string>('SELECT path FROM pages');
    const noted = other.prepareValue<[], string>("SELECT value FROM purges WHERE kind = 'page'");
    const expectBoth = () => {
      other.exec('BEGIN');
      const [left, told] = [new Set(rows.all()), new Set(noted.all())];
      other.exec('COMMIT');
      for (const path of paths) expect(told.has(path)).toBe(!left.has(path));
    };
    let looks = 0;
    const entries = await ledger.append([{ kind: 'tag', value: 'post' }], 'delete');
    await ledger.apply(entries, {
      // Slow, so that the deletion takes several transactions.
      remove: (file) => {
        const until = performance.now() + 1;
        while (performance.now() < until);
        return files.remove(file);
      },
      filesNamedBy: () => [],
      endBatch: () => {
        expectBoth();
        looks += 1;
      },
    });
    expectBoth();
    expect(looks).toBeGreaterThan(2);
    expect(await waiting(purges)).toHaveLength(paths.length + 1);
  });

  test('fails: then neither has happened', async () => {
    const { ledger, files, purges } = await start();
    await store(ledger, files, entryOf('/a', { tags: ['post'] }));
    const entries = await ledger.append([{ kind: 'tag', value: 'post' }], 'delete');
    const broken = {
      remove: () => true,
      filesNamedBy: () => [],
      endBatch: () => {
        throw new Error('the process ends here');
      },
    };
    await expect(ledger.apply(entries, broken)).rejects.toThrow('the process ends here');
    expect(ledger.find('', '/a')).toBeDefined();
    expect(await waiting(purges)).toEqual([]);
    await ledger.apply(ledger.unapplied(), files);
    expect(new Set(await waiting(purges))).toEqual(new Set(['/a', '#post']));
  });

  test('expires it, forgets it, replaces it, changes its type or keeps a file that resists', async () => {
    const { ledger, files, purges } = await start();
    await store(ledger, files, entryOf('/brief', { expiresAt: NOW - 1 }));
    await store(ledger, files, entryOf('/lost'));
    await store(ledger, files, entryOf('/same'));
    await store(ledger, files, entryOf('/replaced'));
    await store(ledger, files, entryOf('/typed'));
    await store(ledger, files, entryOf('/node'));
    await store(ledger, files, entryOf('/resists'));
    expect(await waiting(purges)).toEqual([]);
    await ledger.expire(NOW, files);
    await ledger.forgetMissing(['lost.page.html'], () => false);
    await store(ledger, files, entryOf('/same'));
    await store(ledger, files, entryOf('/replaced', { hash: 'another' }));
    await store(ledger, files, entryOf('/typed', { extension: 'json' }));
    await store(ledger, files, entryOf('/node', { file: 'node-only', headers: [['x-a', 'b']] }));
    const entries = await ledger.append([{ kind: 'glob', value: '/resi*' }], 'delete');
    await ledger.apply(entries, { remove: () => 'kept', filesNamedBy: () => [], endBatch: () => undefined });
    expect(await waiting(purges)).toEqual(['/brief', '/lost', '/replaced', '/typed', '/node', '/resists']);
  });
});

describe('a page stands in the outbox once, and', () => {
  test('is sent once more when its time has come, unless that is not wanted', async () => {
    const { purges } = await start();
    await purges.note([{ kind: 'page', host: '', path: '/a' }]);
    const first = await claim(purges);
    expect(first).toMatchObject([{ path: '/a', isAgain: false }]);
    await purges.markTaken(first, NOW + 60_000);
    expect(await claim(purges, { now: NOW + 59_999 })).toEqual([]);
    const second = await claim(purges, { now: NOW + 60_000 });
    expect(second).toMatchObject([{ path: '/a', isAgain: true }]);
    await purges.markTaken(second, NOW + 120_000);
    expect(await claim(purges, { now: NOW + 60 * 60_000 })).toEqual([]);
  });

  test('noted again while it is sent, waits again: what was sent may have come too early', async () => {
    const { purges } = await start();
    await purges.note([{ kind: 'page', host: '', path: '/a' }]);
    const [early, before] = [await claim(purges), purges.last()];
    await purges.note([{ kind: 'page', host: '', path: '/a' }]);
    const after = purges.last();
    expect([purges.isSent(before), purges.isSent(after)]).toEqual([false, false]);
    await purges.markTaken(early, NOW + 60_000);
    expect([purges.isSent(before), purges.isSent(after)]).toEqual([true, false]);
    const late = await claim(purges);
    expect(shown(late)).toEqual(['/a']);
    await purges.markTaken(late, undefined);
    expect(purges.isSent(after)).toBe(true);
  });

  test('noted again before it was sent, is still waited for by who noted it first', async () => {
    const { purges } = await start();
    await purges.note([{ kind: 'page', host: '', path: '/a' }]);
    const before = purges.last();
    await purges.note([
      { kind: 'page', host: '', path: '/a' },
      { kind: 'page', host: '', path: '/b' },
    ]);
    expect(purges.isSent(before)).toBe(false);
    await purges.markTaken(await claim(purges, { limit: 1 }), undefined);
    expect(purges.isSent(before)).toBe(true);
    expect(purges.isSent(purges.last())).toBe(false);
  });
});

describe('a claim', () => {
  test('keeps others from sending the same; it ends by itself, with a release, and when a process starts', async () => {
    const { ledger, purges, open } = await start();
    const other = purgesOf(open());
    await purges.note([{ kind: 'page', host: '', path: '/a' }]);
    const claimed = await claim(purges);
    expect(other.hasDue(Date.now())).toBe(false);
    expect(await claim(other)).toEqual([]);
    expect(shown(await claim(other, { now: Date.now() + 60_000 }))).toEqual(['/a']);
    await purges.release(claimed);
    expect(shown(await claim(other))).toEqual(['/a']);
    await purgesOf(ledger).releaseAll();
    expect(shown(await claim(purges))).toEqual(['/a']);
  });

  test('that was made by a clock which has been set back is none', async () => {
    const { purges } = await start();
    await purges.note([{ kind: 'page', host: '', path: '/a' }]);
    await claim(purges, { now: NOW + FAR_MS });
    expect(shown(await claim(purges))).toEqual(['/a']);
  });

  test('takes everything alone, which covers what was noted before', async () => {
    const { purges } = await start();
    await purges.note([{ kind: 'page', host: '', path: '/a' }, { kind: 'all' }]);
    await purges.note([{ kind: 'page', host: '', path: '/b' }]);
    const all = await claim(purges);
    expect(shown(all)).toEqual(['all']);
    await purges.markTaken(all, undefined);
    expect(await waiting(purges)).toEqual(['/b']);
  });

  test('of more than may wait is one of everything, for which the same callers wait', async () => {
    const { purges } = await start();
    await purges.note(Array.from({ length: 10 }, (_, n) => ({ kind: 'page', host: '', path: `/${n}` })));
    const upTo = purges.last();
    expect(await claim(purges, { maxWaiting: 10, limit: 1 })).toHaveLength(1);
    const all = await claim(purges, { maxWaiting: 9 });
    expect(shown(all)).toEqual(['all']);
    expect(purges.isSent(upTo)).toBe(false);
    await purges.markTaken(all, undefined);
    expect(purges.isSent(upTo)).toBe(true);
  });
});

describe('everything is purged', () => {
  test('where the outbox is new, and where the ledger may not know all pages; not else', async () => {
    const { webRoot, open } = await startPlace({ isPurged: true });
    const first = purgesOf(open());
    expect(await waiting(first)).toEqual(['all']);
    await first.markTaken(await claim(first), undefined);
    const reopen = () => {
      const ledger = new SqliteLedger(optionsFor(webRoot, { isPurged: true }));
      onTestFinished(() => ledger.close());
      return ledger;
    };
    expect(await waiting(purgesOf(reopen()))).toEqual([]);
    changeLedgerFile(webRoot.ledgerFile, "UPDATE ground SET value = 'another boot'");
    expect(await waiting(purgesOf(reopen()))).toEqual(['all']);
  });

  test('and nothing is noted by a ledger of a site without a CDN', async () => {
    const { ledger, files, webRoot } = await startPlace();
    await store(ledger, files, entryOf('/a'));
    await ledger.apply(await ledger.append([{ kind: 'all' }], 'delete'), files);
    expect(ledger.purges).toBeUndefined();
    expect(ledger.backlog()).toBeUndefined();
    const database = openLedgerFile(webRoot.ledgerFile, { readonly: true });
    onTestFinished(() => database.close());
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'purge%'").all()).toEqual([]);
  });
});
