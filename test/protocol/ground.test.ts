import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { StaticGeneratorError } from '../../src/errors.js';
import { WriteLock } from '../../src/ledger/sqlite/lock.js';
import type { Selector } from '../../src/page/selector.js';
import { holdSyncs } from '../helpers/databases/held-syncs.js';
import { changeLedgerFile, openLedgerFile } from '../helpers/databases/ledger-file.js';
import { LedgerView, readPages, temporaryFiles } from '../helpers/protocol/faults/disk.js';
import { temporaryMemoryFolder } from '../helpers/protocol/faults/memory-folder.js';
import { Gate, GatedSite, removeLedgerNow } from '../helpers/protocol/gated-site.js';
import { contentOf } from '../helpers/protocol/page-body.mjs';

const news: Selector = { kind: 'tag', value: 'news' };
const page: Selector = { kind: 'path', value: '/page' };

/** More entries than the log keeps, which are 10,000. */
const COMPACTED = 12_000;
const unrelated = (count: number) =>
  Array.from({ length: count }, (_, index): Selector => ({ kind: 'path', value: `/unrelated/${index}` }));

function start() {
  const webRoot = join(temporaryMemoryFolder(), 'pages');
  const data = { version: 1 };
  return { webRoot, data, open: () => new GatedSite(webRoot, data) };
}

const noFiles = { remove: () => false, filesNamedBy: () => [], endBatch: () => undefined };
const versionsOn = (webRoot: string) => readPages(webRoot).map(({ content }) => content.version);

/** Checks that every file has its row, with its tags, so that the next deletion finds it. */
function checkRows(webRoot: string): void {
  const view = new LedgerView(webRoot);
  const rows = view.rows();
  view.close();
  for (const { file, content } of readPages(webRoot))
    expect([...(rows.get(file)?.tags ?? [])], file).toEqual(content.tags);
}

describe('the lease', () => {
  test('is taken before any code of the application runs: a deletion by another process while it reads voids it', async () => {
    const { webRoot, data, open } = start();
    const site = open();
    const script = fileURLToPath(new URL('../helpers/protocol/delete-process.mjs', import.meta.url));
    site.afterRead = () => {
      data.version += 1;
      execFileSync(process.execPath, [script, webRoot, '/page']);
      site.afterRead = () => undefined;
    };
    expect(await site.render('/page')).toBe('voided');
    expect(await site.render('/page')).toBe('stored');
    expect(versionsOn(webRoot)).toEqual([2]);
  });

  test('is void when the log has been compacted past it, for what voided it may be gone', async () => {
    const { webRoot, data, open } = start();
    const [site, other] = [open(), open()];
    const slow = await site.hold('/page');
    data.version = 2;
    await other.site.invalidator.invalidate([page]);
    await other.site.invalidator.voidRenders(unrelated(COMPACTED));
    expect(await slow.finish()).toBe('voided');
    expect(versionsOn(webRoot)).toEqual([]);
  });

  test('survives as many entries about other pages as are kept', async () => {
    const { open } = start();
    const [site, other] = [open(), open()];
    const slow = await site.hold('/page');
    await other.site.invalidator.voidRenders(unrelated(COMPACTED / 2));
    expect(await slow.finish()).toBe('stored');
  });
});

test.each([
  ['had at once', 0],
  ['waited for', 2],
])(
  'nothing else of the process comes between the beginning of a transaction, whose lock is %s, and its work',
  async (_name, refusals) => {
    const events: string[] = [];
    let attempts = 0;
    const database = openLedgerFile(':memory:');
    onTestFinished(() => database.close());
    const lock = new WriteLock(() => {
      attempts += 1;
      if (attempts <= refusals) throw Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' });
      database.exec('BEGIN');
      events.push('begin');
      queueMicrotask(() => events.push('something else'));
      return database;
    });
    await lock.acquire(() => events.push('work'));
    expect(events).toEqual(['begin', 'work', 'something else']);
  },
);

describe('what is begun has to be on the disk before it is told to be', () => {
  test('a deletion removes pages meanwhile, and resolves when its entry is on the disk', async () => {
    const { webRoot, open } = start();
    const site = open();
    expect(await site.render('/page')).toBe('stored');
    const syncs = holdSyncs();
    let hasResolved = false;
    const deletion = site.site.invalidator.invalidate([page]).then(() => {
      hasResolved = true;
    });
    await vi.waitFor(() => expect([syncs.count, versionsOn(webRoot)]).toEqual([1, []]));
    // Another deletion finishes except for its sync to the disk.
    await site.site.ledger.apply(await site.site.ledger.append([news], 'void'), noFiles);
    expect(hasResolved).toBe(false);
    syncs.letGo();
    await deletion;
  });

  test('a deletion whose entry may not be on the disk tells, and the pages are gone', async () => {
    const { webRoot, open } = start();
    const site = open();
    expect(await site.render('/page')).toBe('stored');
    const syncs = holdSyncs();
    const deletion = site.site.invalidator.invalidate([page]);
    const rejected = expect(deletion).rejects.toMatchObject({ code: 'ERR_LEDGER_UNUSABLE' });
    await vi.waitFor(() => expect(syncs.count).toBe(1));
    syncs.letGo(Object.assign(new Error('injected'), { code: 'EIO' }));
    await rejected;
    expect(versionsOn(webRoot)).toEqual([]);
  });

  test('a regeneration renders nothing before its entry is on the disk', async () => {
    const site = start().open();
    const syncs = holdSyncs();
    let hasBegun = false;
    const begun = site.site.invalidator.beginRegeneration([page]).then(async ({ finish }) => {
      hasBegun = true;
      await finish();
    });
    await vi.waitFor(() => expect(syncs.count).toBe(1));
    await site.site.ledger.append([news], 'void');
    expect(hasBegun).toBe(false);
    syncs.letGo();
    await begun;
  });
});

test('compaction leaves a deletion that is not finished', async () => {
  const { webRoot, open } = start();
  const [site, other] = [open(), open()];
  expect(await site.render('/page')).toBe('stored');
  await site.site.ledger.append([news], 'delete');
  await site.site.invalidator.voidRenders(unrelated(COMPACTED));
  await other.site.invalidator.finishAbandoned();
  expect(versionsOn(webRoot)).toEqual([]);
});

describe('a ledger that is removed or replaced while the site runs', () => {
  test.each(['this process', 'another process'])(
    'voids the renders under way, and %s begins a new one',
    async (who) => {
      const { webRoot, data, open } = start();
      const [site, other] = [open(), open()];
      expect(await site.render('/stored')).toBe('stored');
      const slow = await site.hold('/page');
      removeLedgerNow(webRoot);
      data.version = 2;
      if (who === 'another process') expect(await other.render('/stored')).toBe('stored');
      expect(await slow.finish()).toBe('voided');
      if (who === 'this process')
        await site.logger.waitFor(({ message }) => /not in the ledger/.test(message));
      checkRows(webRoot);
      expect(await site.render('/page')).toBe('stored');
      expect(await other.render('/other')).toBe('stored');
      checkRows(webRoot);
      await site.site.invalidator.invalidate([news]);
      expect(readPages(webRoot)).toEqual([]);
    },
  );

  test('between the two transactions of a capture voids it', async () => {
    const { webRoot, open } = start();
    const [site, other] = [open(), open()];
    const gate = new Gate();
    const { ledger } = site.site;
    const place = ledger.place.bind(ledger);
    ledger.place = async (...given) => {
      await gate.pass();
      return await place(...given);
    };
    const slow = site.render('/page');
    await gate.reached;
    removeLedgerNow(webRoot);
    expect(await other.render('/other')).toBe('stored');
    gate.open();
    expect(await slow).toBe('voided');
    checkRows(webRoot);
    expect(temporaryFiles(webRoot)).toEqual([]);
  });

  test.each([
    ['a path', page],
    ['a tag', news],
    ['a glob', { kind: 'glob', value: '/**' }],
  ] as const)(
    'in the middle of a deletion by %s: it is done all the same, in the new one',
    async (_name, selector) => {
      const { webRoot, data, open } = start();
      const [site, other] = [open(), open()];
      for (const path of ['/page', '/page/', '/page/x']) expect(await site.render(path)).toBe('stored');
      data.version = 2;
      const { ledger } = site.site;
      const apply = ledger.apply.bind(ledger);
      const reached = new Gate();
      ledger.apply = async (entries, files) => {
        ledger.apply = apply;
        // Meanwhile the other process begins a new ledger, and stores a page there in a row with the number of the
        // first old row.
        await reached.pass();
        return await apply(entries, files);
      };
      const deletion = site.site.invalidator.invalidate([selector]);
      await reached.reached;
      removeLedgerNow(webRoot);
      expect(await other.render('/other')).toBe('stored');
      reached.open();
      await deletion;
      const stale = () => readPages(webRoot).filter(({ content }) => content.version < 2);
      const isNamed = (path: string) => selector.kind !== 'path' || path === selector.value;
      expect(stale().filter(({ content }) => isNamed(content.path))).toEqual([]);
      // Other pages that the new ledger does not know are removed too, but a deletion by path does not wait for that.
      await expect.poll(stale).toEqual([]);
      checkRows(webRoot);
      await other.site.invalidator.invalidate([news]);
      expect(readPages(webRoot)).toEqual([]);
    },
  );

  test('by a copy of it from before a deletion, in the middle of that: it is done all the same', async () => {
    const { webRoot, open } = start();
    const site = open();
    expect(await site.render('/page')).toBe('stored');
    const file = join(webRoot, '.staticgenerator', 'ledger.sqlite');
    changeLedgerFile(file, `VACUUM INTO '${file}.copy'`);
    const { ledger } = site.site;
    const apply = ledger.apply.bind(ledger);
    ledger.apply = async (...given) => {
      ledger.apply = apply;
      removeLedgerNow(webRoot);
      renameSync(`${file}.copy`, file);
      return await apply(...given);
    };
    await site.site.invalidator.invalidate([news]);
    expect(readPages(webRoot)).toEqual([]);
  });

  test('between two batches of a deletion: it is begun anew in the new one', async () => {
    const { webRoot, data, open } = start();
    const site = open();
    for (const path of ['/page', '/page/', '/page/x']) expect(await site.render(path)).toBe('stored');
    data.version = 2;
    const { ledger } = site.site;
    const apply = ledger.apply.bind(ledger);
    ledger.apply = async (entries, files) => {
      ledger.apply = apply;
      const remove = (file: string) => {
        removeLedgerNow(webRoot);
        // Takes so long that the batch ends.
        for (const end = performance.now() + 10; performance.now() < end; );
        return files.remove(file);
      };
      const filesNamedBy = (selector: Selector) => files.filesNamedBy(selector);
      return await apply(entries, { remove, filesNamedBy, endBatch: () => files.endBatch() });
    };
    await site.site.invalidator.invalidate([news]);
    expect(readPages(webRoot)).toEqual([]);
    expect(await site.render('/page')).toBe('stored');
    checkRows(webRoot);
  });

  test('at the very moment that a page is placed: the page that the new one does not know is not left', async () => {
    const { webRoot, open } = start();
    const site = open();
    const { ledger } = site.site;
    const place = ledger.place.bind(ledger);
    ledger.place = async (entry, lease, files) => {
      ledger.place = place;
      const placeLate = () => {
        removeLedgerNow(webRoot);
        open();
        files.place();
      };
      return await place(entry, lease, { place: placeLate, remove: (file) => files.remove(file) });
    };
    expect(await site.render('/page')).toBe('voided');
    checkRows(webRoot);
    expect(await site.render('/page')).toBe('stored');
    checkRows(webRoot);
  });

  test('is noticed by a process that only deletes: what another has stored in the new one goes', async () => {
    const { webRoot, open } = start();
    const [old, fresh] = [open(), open()];
    expect(await old.render('/page')).toBe('stored');
    removeLedgerNow(webRoot);
    expect(await fresh.render('/page')).toBe('stored');
    await old.site.invalidator.invalidate([news]);
    expect(readPages(webRoot)).toEqual([]);
  });
});

test('a regeneration whose process dies before its pages are rendered: the next to start deletes them', async () => {
  const { webRoot, open } = start();
  const [site, next] = [open(), open()];
  expect(await site.render('/page')).toBe('stored');
  const death = new Gate();
  site.site.publisher.renderAll = async () => {
    await death.pass();
    return [];
  };
  void site.site.regenerator.regenerate([news]);
  await death.reached;
  await next.site.invalidator.finishAbandoned();
  expect(readPages(webRoot)).toHaveLength(1);
  await next.site.invalidator.takeOver();
  expect(readPages(webRoot)).toEqual([]);
});

describe('a log that cannot be written', () => {
  const full = () =>
    Promise.reject(
      new StaticGeneratorError('ERR_LEDGER_UNUSABLE', 'The disk is full', { cause: new Error() }),
    );
  const everyWay: readonly Selector[] = [page, news, { kind: 'glob', value: '/**' }, { kind: 'all' }];

  test.each(everyWay)('fails a deletion by %j, and yet the pages are gone', async (selector) => {
    const { webRoot, open } = start();
    const site = open();
    expect(await site.render('/page')).toBe('stored');
    site.site.ledger.append = full;
    await expect(site.site.invalidator.invalidate([selector])).rejects.toMatchObject({
      code: 'ERR_LEDGER_UNUSABLE',
    });
    expect(readPages(webRoot)).toEqual([]);
  });

  test('is tried again when the pages have made room, and voids the renders from before', async () => {
    const { webRoot, data, open } = start();
    const site = open();
    expect(await site.render('/page')).toBe('stored');
    const slow = await site.hold('/page');
    const { ledger } = site.site;
    const append = ledger.append.bind(ledger);
    ledger.append = async (...given) => await (readPages(webRoot).length > 0 ? full() : append(...given));
    data.version = 2;
    expect(await site.site.invalidator.invalidate([news])).toMatchObject({ deleted: ['/page'] });
    expect(await slow.finish()).toBe('voided');
    expect(readPages(webRoot)).toEqual([]);
  });
});

test('whoever has opened a page reads the version that was opened, to its end', async () => {
  const { webRoot, data, open } = start();
  const site = open();
  expect(await site.render('/page')).toBe('stored');
  const descriptor = openSync(join(webRoot, 'page.page.html'), 'r');
  data.version = 2;
  expect(await site.render('/page')).toBe('stored');
  expect(contentOf(readFileSync(descriptor, 'utf8')).version).toBe(1);
  closeSync(descriptor);
  expect(versionsOn(webRoot)).toEqual([2]);
});

test('a process that starts leaves the temporary files of a render under way', async () => {
  const { webRoot, open } = start();
  const site = open();
  const gate = new Gate();
  const { ledger } = site.site;
  const record = ledger.record.bind(ledger);
  ledger.record = async (entry) => {
    await gate.pass();
    await record(entry);
  };
  const slow = site.render('/page');
  await gate.reached;
  const staged = temporaryFiles(webRoot);
  expect(staged.length).toBeGreaterThan(0);
  const starting = open();
  await starting.render('/other');
  await starting.site.close();
  expect(temporaryFiles(webRoot)).toEqual(expect.arrayContaining([...staged]));
  gate.open();
  expect(await slow).toBe('stored');
});

test('the folder of a page is pruned between its two transactions: it is stored all the same', async () => {
  const { webRoot, open } = start();
  const [site, other] = [open(), open()];
  expect(await other.render('/folder/other')).toBe('stored');
  const gate = new Gate();
  const { ledger } = site.site;
  const place = ledger.place.bind(ledger);
  ledger.place = async (...given) => {
    await gate.pass();
    return await place(...given);
  };
  const slow = site.render('/folder/page');
  await gate.reached;
  await other.site.invalidator.invalidate([{ kind: 'path', value: '/folder/other' }]);
  rmSync(join(webRoot, 'folder'), { recursive: true, force: true });
  gate.open();
  expect(await slow).toBe('stored');
  checkRows(webRoot);
});
