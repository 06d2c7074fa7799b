import { cdnMutants } from '../cluster/cdn/mutants.js';
import { hostMutants } from './host-mutants.js';

/** An edit of a source file: a text that occurs there exactly once, and its replacement. */
export interface Edit {
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

/** The sources without one step of the protocol. */
export interface Mutant {
  /** What is missing or wrong. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Test files that are expected to notice the mutant. If they do not, all others run too. */
  readonly tests: readonly string[];
}

const PAGES = 'src/ledger/sqlite/pages.ts';
const LOG = 'src/ledger/sqlite/log.ts';
const LOG_STATEMENTS = 'src/ledger/sqlite/sql/log.ts';
const REMOVALS = 'src/ledger/sqlite/removals.ts';
const TRANSACTIONS = 'src/ledger/sqlite/transactions.ts';
const LOCK = 'src/ledger/sqlite/lock.ts';
const TOGETHER = 'src/ledger/sqlite/turns/together.ts';
const WAL = 'src/ledger/sqlite/file/wal.ts';
const STORE = 'src/store/page-store.ts';
const WRITER = 'src/request/page/writer.ts';
const PLACER = 'src/request/page/placer.ts';
const MIDDLEWARE = 'src/request/middleware.ts';
const MISS = 'src/request/miss.ts';
const COALESCER = 'src/request/again/coalesce.ts';
const INVALIDATOR = 'src/change/invalidate.ts';
const INTENTS = 'src/change/intents.ts';
const REMOVER = 'src/change/remover.ts';
const PUBLISHER = 'src/publish/publish.ts';
const REGENERATOR = 'src/publish/regenerate.ts';
const FOLDERS = 'src/files/folders.ts';
const UPKEEP = 'src/site/upkeep.ts';
const REQUESTS = 'src/site/requests.ts';

const interleavings = 'test/protocol/interleavings.test.ts';
const schedules = 'test/protocol/schedules.test.ts';
const ground = 'test/protocol/ground.test.ts';
const kill = 'test/protocol/kill.test.ts';
const tracker = 'test/track/tracker.test.ts';
const faults = 'test/protocol/faults.test.ts';
const realFaults = 'test/protocol/real-faults.test.ts';
const coalesce = 'test/request/again/coalesce.test.ts';
const recovery = 'test/e2e/recovery.test.ts';
const version = 'test/e2e/version.test.ts';
const powerCut = 'test/e2e/power-cut.test.ts';

/** All tests that may notice a mutant. */
export const everyTest = [
  ...[interleavings, ground, schedules, kill, faults, realFaults, coalesce, recovery, version, powerCut],
  ...[
    'test/protocol/soak.test.ts',
    'test/protocol/bounds-soak.test.ts',
    'test/change',
    'test/cluster',
    'test/ledger',
    'test/track',
    'test/publish',
    'test/e2e/two-processes.test.ts',
  ],
];

export const mutants: readonly Mutant[] = [
  // The lease.
  {
    name: 'the lease is not checked',
    edits: [{ file: PAGES, search: 'if (this.#isVoid(page, lease, opening)) {', replace: 'if (false) {' }],
    tests: [interleavings],
  },
  {
    name: 'the lease is checked before the lock is taken',
    edits: [
      {
        file: PAGES,
        search: `    return this.#transactions.run((opening) => {
      const { statements } = opening;
      if (this.#isVoid(page, lease, opening)) {`,
        replace: `    const isVoid = this.#isVoid(page, lease, this.#transactions.opening);
    return this.#transactions.run((opening) => {
      const { statements } = opening;
      if (isVoid) {`,
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'the lease is checked after the rename, which is then undone',
    edits: [
      { file: PAGES, search: 'if (this.#isVoid(page, lease, opening)) {', replace: 'if (false) {' },
      {
        file: PAGES,
        search: 'if (!this.#transactions.isCurrent(opening)) {',
        replace: 'if (this.#isVoid(page, lease, opening)) {',
      },
    ],
    tests: [schedules],
  },
  {
    name: 'the lease is taken after the application has begun',
    edits: [
      {
        file: MISS,
        search: `    const finished = writer.finish(rendering, captured);
    void finished.then((outcome) => judged.copy?.ended(outcome));
    order(finished, isVoid);
    contexts.run(context, visit.next);`,
        replace: `    contexts.run(context, visit.next);
    const late = this.#parts.ledger.lease();
    order(writer.finish({ ...rendering, lease: late }, captured), isVoid);`,
      },
    ],
    tests: [ground],
  },
  {
    name: 'the lease is taken when the response has ended',
    edits: [
      {
        file: WRITER,
        search: 'const work = this.#store(render, response)',
        replace:
          'const work = this.#store({ ...render, lease: (this.#parts.ledger as any).lease() }, response)',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'the lease looks at the URL alone, and not at the tags that the page has at the end',
    edits: [
      {
        file: PAGES,
        search: 'if (compileSelector(selectorOf(row))(page)) return true;',
        replace: 'if (compileSelector(selectorOf(row))({ ...page, tags: new Set() })) return true;',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'the lease looks at the tags that the page has when its head leaves',
    edits: [
      {
        file: MISS,
        search: 'const finished = writer.finish(rendering, captured);',
        replace:
          'const finished = writer.finish({ ...rendering, context: { ...context, tags: new Set(context.tags) } }, captured);',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'every deletion voids every render',
    edits: [
      {
        file: PAGES,
        search: 'if (compileSelector(selectorOf(row))(page)) return true;',
        replace: 'return true;',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'the floor of the compacted log is ignored',
    edits: [
      {
        file: PAGES,
        search: 'if (lease.sequence < Number(statements.floor.get())) return true;',
        replace: '',
      },
    ],
    tests: [ground],
  },
  {
    name: 'compaction drops deletions that are not finished',
    edits: [
      {
        file: LOG,
        search: 'Math.min(last - KEPT_ENTRIES, firstUnapplied - 1, firstReceived - 1)',
        replace: 'Math.min(last - KEPT_ENTRIES, firstReceived - 1)',
      },
    ],
    tests: [ground],
  },
  {
    name: 'a lease of a ledger that was replaced counts',
    edits: [{ file: PAGES, search: 'if (lease.generation !== generation) return true;', replace: '' }],
    tests: [ground],
  },
  {
    name: 'the release of the site is ignored',
    edits: [
      {
        file: PAGES,
        search: 'if (this.#version !== undefined && this.#version !== statements.version.get()) return true;',
        replace: '',
      },
    ],
    tests: [version],
  },

  // The lock.
  {
    name: 'no lock: transactions begin without it',
    edits: [{ file: TRANSACTIONS, search: "'BEGIN IMMEDIATE'", replace: "'BEGIN'" }],
    tests: [interleavings],
  },
  {
    name: 'a transaction does not wait for those of its process that came before it',
    edits: [{ file: TOGETHER, search: 'queue.shift()', replace: 'queue.pop()' }],
    tests: ['test/ledger/sqlite/lock.test.ts'],
  },
  {
    name: 'what a turn has changed before it failed is committed with the others',
    edits: [{ file: TOGETHER, search: 'ROLLBACK TO turn; ', replace: '' }],
    tests: ['test/ledger/sqlite/lock.test.ts'],
  },
  {
    name: 'turns are told to be done before they are committed',
    edits: [
      {
        file: TOGETHER,
        search: '  return () => resolve(result);',
        replace: '  resolve(result);\n  return () => undefined;',
      },
    ],
    tests: ['test/ledger/sqlite/lock.test.ts'],
  },
  {
    name: 'a transaction goes on though SQLite has ended it',
    edits: [
      {
        file: TOGETHER,
        search: '    if (!database.inTransaction) throw error;\n    database.exec',
        replace: '    if (database.inTransaction) database.exec',
      },
    ],
    tests: ['test/ledger/sqlite/lock.test.ts'],
  },
  {
    name: 'something may come between the beginning of a transaction and its work',
    edits: [
      {
        file: LOCK,
        search: '  #tryToWork(): unknown {',
        replace: '  async #tryToWork(): Promise<unknown> {',
      },
      {
        file: LOCK,
        search: 'const busy = this.#tryToWork();',
        replace: 'const busy = await this.#tryToWork();',
      },
      { file: LOCK, search: '      workTogether(', replace: '      await null;\n      workTogether(' },
    ],
    tests: [ground],
  },
  {
    name: 'a replaced ledger is not noticed',
    edits: [
      {
        file: TRANSACTIONS,
        search: 'if (this.isCurrent(this.#opening)) return this.#opening;',
        replace: 'return this.#opening;',
      },
    ],
    tests: [ground],
  },
  {
    name: 'a deletion goes on in a ledger that was replaced',
    edits: [
      {
        file: REMOVALS,
        search: 'begin: () => this.#transactions.assertGeneration(generation),',
        replace: 'begin: () => undefined,',
      },
    ],
    tests: [ground],
  },
  {
    name: 'a deletion that a replaced ledger has lost is not begun anew',
    edits: [
      {
        file: INVALIDATOR,
        search: "if (systemErrorCode(error) !== 'ERR_LEDGER_REPLACED' || attempts === 1) throw error;",
        replace: "if (systemErrorCode(error) !== 'ERR_LEDGER_REPLACED') throw error;\n    return [] as T;",
      },
    ],
    tests: [ground],
  },
  {
    name: 'a ledger that is replaced while a page is placed is not noticed',
    edits: [
      { file: PAGES, search: 'if (!this.#transactions.isCurrent(opening)) {', replace: 'if (false) {' },
    ],
    tests: [ground],
  },

  // Record and place.
  {
    name: 'the row comes with the file, in one transaction',
    edits: [
      { file: PLACER, search: '      await ledger.record(entry);\n', replace: '' },
      {
        file: PAGES,
        search: `      const row = statements.pageByFile.get({ file: page.file });
      if (row === undefined) return 'unrecorded';`,
        replace: `      statements.insertPage.run({ file: page.file, host: page.host, path: page.path, name: bareName(page.path), expiresAt: null });
      const row = statements.pageByFile.get({ file: page.file })!;
      for (const tag of page.tags) statements.insertTag.run({ tag, page: row.id });`,
      },
    ],
    tests: [schedules],
  },
  {
    name: 'the row is recorded after the file was placed',
    edits: [
      {
        file: PLACER,
        search: `      await ledger.record(entry);
      const placement = await ledger.place(entry, lease, mover);`,
        replace: `      let placed = false;
      const placement = await ledger.place(entry, lease, { ...mover, place: () => { placed = true; mover.place(); } });
      await ledger.record(entry);
      if (placed) return placement;`,
      },
      {
        file: PAGES,
        search: "if (row === undefined) return 'unrecorded';",
        replace: "if (row === undefined) { files.place(); return 'placed'; }",
      },
    ],
    tests: [schedules],
  },
  {
    name: 'tags that the page loses are dropped before its new file is placed',
    edits: [
      {
        file: PAGES,
        search:
          '      for (const tag of page.tags) statements.insertTag.run({ tag, page: row.id });\n    });',
        replace: `      for (const { tag } of statements.tagsOfPage.all({ page: row.id })) statements.deleteTag.run({ tag, page: row.id });
      for (const tag of page.tags) statements.insertTag.run({ tag, page: row.id });
    });`,
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'tags that the page has lost are never dropped',
    edits: [
      {
        file: PAGES,
        search:
          'for (const tag of recorded) if (!page.tags.has(tag)) statements.deleteTag.run({ tag, page: row.id });',
        replace: '',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'tags that another render has dropped are not missed',
    edits: [
      {
        file: PAGES,
        search: "if ([...page.tags].some((tag) => !recorded.has(tag))) return 'unrecorded';",
        replace: '',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'a bound is looked at before the lock is taken, and not under it',
    edits: [
      {
        file: PAGES,
        search: "if (this.#room?.hasRoomFor(page, statements) === false) return 'full';",
        replace: '',
      },
    ],
    tests: ['test/ledger/sqlite/room.test.ts', 'test/protocol/bounds-soak.test.ts'],
  },
  {
    name: 'a row that a deletion has removed is not recorded again',
    edits: [
      {
        file: PLACER,
        search: "if (placement === 'placed' || placement === 'voided') return placement;",
        replace: 'return placement;',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'the file of another type is left beside the new one',
    edits: [{ file: PAGES, search: '      removeOtherFiles(page, files, statements);\n', replace: '' }],
    tests: [interleavings],
  },
  {
    name: 'the row of a file of another type goes, and the file stays',
    edits: [{ file: PAGES, search: '    files.remove(other.file);\n', replace: '' }],
    tests: [interleavings],
  },
  {
    name: 'temporary files are not removed',
    edits: [{ file: WRITER, search: 'await this.#parts.store.discard(staged);', replace: '' }],
    tests: [interleavings],
  },
  {
    name: 'temporary files of live renders are swept, for their mtime is made of the content',
    edits: [{ file: STORE, search: 'Date.now() - status.ctimeMs', replace: 'Date.now() - status.mtimeMs' }],
    tests: ['test/store/page-store.test.ts'],
  },
  {
    name: 'the page is written in place',
    edits: [
      { file: FOLDERS, search: '      renameSync(from, to);', replace: '      copyFileSync(from, to);' },
      { file: FOLDERS, search: '  chmodSync,\n', replace: '  copyFileSync,\n  chmodSync,\n' },
    ],
    tests: [ground],
  },
  {
    name: 'a folder that was pruned meanwhile is not made again',
    edits: [
      {
        file: FOLDERS,
        search: "if (systemErrorCode(error) !== 'ENOENT' || attempt === MAX_RETRIES) throw error;",
        replace: 'throw error;',
      },
    ],
    tests: [ground],
  },

  // A page and its codings.
  {
    name: 'the codings are placed before their page',
    edits: [
      {
        file: STORE,
        search: `    renameInto(staged.page, target);
    for (const [coding, file] of staged.codings) renameInto(file, \`\${target}\${storedCodings[coding]}\`);`,
        replace: `    for (const [coding, file] of staged.codings) renameInto(file, \`\${target}\${storedCodings[coding]}\`);
    renameInto(staged.page, target);`,
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'the old codings are not removed before the new page is placed',
    edits: [
      {
        file: STORE,
        search: `    for (const suffix of codingSuffixes) unlinkIfThere(\`\${target}\${suffix}\`);\n    renameInto`,
        replace: '    renameInto',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'a page is deleted before its codings',
    edits: [
      {
        file: STORE,
        search: "for (const suffix of [...codingSuffixes, '']) {",
        replace: "for (const suffix of ['', ...codingSuffixes]) {",
      },
    ],
    tests: [interleavings, schedules],
  },
  {
    name: 'codings are not deleted',
    edits: [
      {
        file: STORE,
        search: "for (const suffix of [...codingSuffixes, '']) {",
        replace: "for (const suffix of ['']) {",
      },
    ],
    tests: [interleavings],
  },

  // Deletions.
  {
    name: 'files are unlinked before the deletion is in the log',
    edits: [
      {
        file: INVALIDATOR,
        search:
          'const { entries, removed } = await this.#append(selectors, intended);\n      const onDisk = this.#flush();\n      const others = this.#tellOthers(entries, selectors);\n      removed.push(...(await this.#apply(entries)));\n      await others;\n      await onDisk;\n      return removed;',
        replace: `await this.#parts.ledger.append([], 'delete');
      const files: string[] = [];
      for (const page of (this.#parts.ledger as any).pages()) {
        const { compileSelector } = await import('../page/selector.js');
        if (selectors.some((one) => compileSelector(one)({ ...page, decoded: decodeURIComponent(page.path), tags: new Set(page.tags) }))) files.push(page.file);
      }
      for (const file of files) this.#parts.store.remove(file);
      return await this.#apply(await this.#parts.ledger.append(selectors, 'void'));`,
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'an entry voids leases only when it has been applied',
    edits: [
      {
        file: LOG_STATEMENTS,
        search: "'SELECT * FROM invalidations WHERE sequence > @sequence AND applied <> 3',",
        replace: "'SELECT * FROM invalidations WHERE sequence > @sequence AND applied = 1',",
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'an entry is marked as applied in the first batch',
    edits: [
      {
        file: REMOVALS,
        search: '      for (const row of matchingRows(selector, statements)) {',
        replace:
          '      statements.mark.run({ sequence, applied: APPLIED });\n      for (const row of matchingRows(selector, statements)) {',
      },
    ],
    tests: [kill],
  },
  {
    name: 'an entry is marked as applied when it is appended',
    edits: [
      {
        file: LOG,
        search: '...{ delete: UNAPPLIED,',
        replace: '...{ delete: APPLIED,',
      },
    ],
    tests: [kill],
  },
  {
    name: 'a deletion resolves when it is in the log',
    edits: [
      {
        file: INVALIDATOR,
        search:
          'const { entries, removed } = await this.#append(selectors, intended);\n      const onDisk = this.#flush();\n      const others = this.#tellOthers(entries, selectors);\n      removed.push(...(await this.#apply(entries)));\n      await others;\n      await onDisk;\n      return removed;',
        replace: "void this.#apply(await this.#parts.ledger.append(selectors, 'delete'));\n      return [];",
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'a deletion ends with its first batch',
    edits: [
      {
        file: TRANSACTIONS,
        search: '        end();\n        return finished;',
        replace: '        end();\n        return finished || true;',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'what a killed process has left is not finished at a start',
    edits: [
      {
        file: UPKEEP,
        search: 'atStart: [takeOver(parts), inspect(parts), sweep],',
        replace: 'atStart: [inspect(parts), sweep],',
      },
    ],
    tests: [faults],
  },
  {
    name: 'what a killed process has left is not finished while others live',
    edits: [
      { file: REQUESTS, search: '      parts.finishAbandoned();\n', replace: '' },
      {
        file: INVALIDATOR,
        search: 'if (keys.some((key) => before.has(key))) await this.finishAbandoned();',
        replace: '',
      },
    ],
    tests: [kill],
  },
  {
    name: 'what a killed process has left is not finished in a site without misses',
    edits: [
      {
        file: INVALIDATOR,
        search: 'if (keys.some((key) => before.has(key))) await this.finishAbandoned();',
        replace: '',
      },
    ],
    tests: [kill],
  },
  {
    name: 'pages are left where the log cannot be written',
    edits: [
      {
        file: INVALIDATOR,
        search: 'const removed = await ledger.removeUnrecorded(selectors, remover);',
        replace: 'const removed: RemovedPage[] = [];',
      },
    ],
    tests: [ground],
  },
  // After a power cut.
  {
    name: 'a deletion does not wait for pages without rows',
    edits: [{ file: INVALIDATOR, search: 'await removeStrays();', replace: ';' }],
    tests: [powerCut],
  },
  {
    name: 'a regeneration does not wait for pages without rows',
    edits: [
      {
        file: INVALIDATOR,
        search:
          'const others = this.#tellOthers(entries, selectors);\n      await this.#removeStrays(selectors);',
        replace: 'const others = this.#tellOthers(entries, selectors);',
      },
    ],
    tests: [powerCut],
  },
  {
    name: 'who creates the ledger does not wait for a process that found it before',
    edits: [
      {
        file: 'src/ledger/sqlite/file/connection.ts',
        search: 'return openAlone(options, patience);',
        replace: 'return tryToOpen(options, patience);',
      },
    ],
    tests: ['test/ledger/sqlite/ledger.test.ts'],
  },
  {
    name: 'a ledger of another boot or file is trusted',
    edits: [
      {
        file: 'src/ledger/sqlite/file/connection.ts',
        search: 'const complete = created ? isEmpty() : statements.ground.get() === ground;',
        replace: 'const complete = true;',
      },
    ],
    tests: [powerCut],
  },
  {
    name: 'what is suspected is not looked at again under the lock',
    edits: [
      {
        file: 'src/ledger/sqlite/inspection.ts',
        search: 'suspects.filter(({ file, seen }) => isDeepStrictEqual(this.placed(file), seen))',
        replace: 'suspects',
      },
    ],
    tests: ['test/ledger'],
  },
  {
    name: 'the bytes of pages are not read after a boot',
    edits: [
      {
        file: 'src/change/inspect.ts',
        search: 'await store.isWhole(file, seen)',
        replace: 'await store.seemsWhole(file, seen)',
      },
    ],
    tests: [powerCut],
  },
  {
    name: 'a path names one of its forms alone',
    edits: [
      {
        file: 'src/page/selector.ts',
        search: 'isNamed(bareName(page.path), name) &&',
        replace: 'isNamed(page.path, selector.value) &&',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'a path does not name its queries',
    edits: [
      {
        file: 'src/page/selector.ts',
        search: "next === undefined || next === '?'",
        replace: 'next === undefined',
      },
    ],
    tests: ['test/request/queries.test.ts'],
  },
  {
    name: 'the queries of a path are not looked for among the rows',
    edits: [
      {
        file: 'src/ledger/sqlite/matching.ts',
        search: 'if (bare.length === limit) return bare;',
        replace: 'if (bare.length <= limit) return bare;',
      },
    ],
    tests: ['test/request/queries.test.ts'],
  },
  {
    name: 'a deletion of a path does not void the renders of its variants',
    edits: [
      {
        file: 'src/page/selector.ts',
        search: "next === undefined || next === '?' || next === VARIANT_MARK",
        replace: "next === undefined || next === '?'",
      },
    ],
    tests: ['test/request/variants.test.ts'],
  },
  {
    name: 'the variants of a path are not looked for among the rows',
    edits: [{ file: 'src/ledger/sqlite/matching.ts', search: 'name}>`, to:', replace: 'name}?`, to:' }],
    tests: ['test/request/variants.test.ts'],
  },
  {
    name: 'a page is stored though the app did not ask for the variant',
    edits: [
      {
        file: 'src/request/miss.ts',
        search: 'refuseReads() ?? chosen?.conclude(variants)',
        replace: 'refuseReads()',
      },
    ],
    tests: ['test/request/variants.test.ts'],
  },
  {
    name: 'a deletion by path does not wait for queries without rows',
    edits: [{ file: INVALIDATOR, search: "kind !== 'path' || hasPagesBeside", replace: "kind !== 'path'" }],
    tests: ['test/site/queries.test.ts'],
  },
  {
    name: 'the log is not synced to the disk',
    edits: [
      {
        file: WAL,
        search: '      fdatasync(this.#descriptor, (error) => (error === null ? resolve() : reject(error)));',
        replace: '      resolve();',
      },
    ],
    tests: [faults],
  },
  {
    name: 'a deletion does not wait until its entry is on the disk',
    edits: [{ file: INVALIDATOR, search: 'await others;\n      await onDisk;', replace: 'await others;' }],
    tests: [ground],
  },
  {
    name: 'a regeneration does not wait until its entry is on the disk',
    edits: [
      {
        file: INVALIDATOR,
        search: 'await this.#removeStrays(selectors);\n      await onDisk;',
        replace: 'await this.#removeStrays(selectors);',
      },
    ],
    tests: [ground],
  },
  {
    name: 'who asks while the log is being written to the disk has its entry taken for written',
    edits: [
      {
        file: WAL,
        search: 'this.#next ??= this.#running.then(again, again);\n    return this.#next;',
        replace: 'return this.#running;',
      },
    ],
    tests: ['test/ledger/sqlite/file/wal.test.ts'],
  },

  // Files that resist.
  {
    name: 'a file that cannot be removed is forgotten',
    edits: [
      {
        file: REMOVALS,
        search: "if (removal === 'kept') statements.markHidden.run({ id });\n  else statements",
        replace: 'statements',
      },
    ],
    tests: [realFaults],
  },
  {
    name: 'a file that cannot be removed is served by Node',
    edits: [{ file: REMOVALS, search: 'statements.markHidden.run({ id });', replace: '{ /* as it is */ }' }],
    tests: [realFaults],
  },
  {
    name: 'a file that cannot be removed is served by nginx',
    edits: [{ file: REMOVER, search: '      this.#parts.store.hide(file);\n', replace: '' }],
    tests: [realFaults],
  },
  {
    name: 'a deletion does not tell that a file could not be removed',
    edits: [
      {
        file: INVALIDATOR,
        search: '      remover.throwFailures();\n      return removed;',
        replace: '      return removed;',
      },
    ],
    tests: [realFaults],
  },
  {
    name: 'a coding that cannot be removed keeps its page from being removed',
    edits: [{ file: STORE, search: '        failure ??= { error };', replace: '        throw error;' }],
    tests: ['test/store/page-store.test.ts'],
  },

  // Publications and regenerations.
  {
    name: 'a publication does not void the renders from before it',
    edits: [
      {
        file: PUBLISHER,
        search: 'named.length > 0 ? await voidRenders(named) : []',
        replace: '[] as RemovedPage[]',
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'a publication voids the renders from before it when it has ended',
    edits: [
      {
        file: PUBLISHER,
        search: 'named.length > 0 ? await voidRenders(named) : []',
        replace: '[] as RemovedPage[]',
      },
      {
        file: PUBLISHER,
        search: '    const outcomes = await this.renderAll(pages, settings);',
        replace: `    const outcomes = await this.renderAll(pages, settings);
    await this.#parts.voidRenders(pages);`,
      },
    ],
    tests: [interleavings],
  },
  {
    name: 'a publication deletes the page first',
    edits: [{ file: LOG, search: 'void: APPLIED,', replace: 'void: UNAPPLIED,' }],
    tests: [interleavings],
  },
  {
    name: 'a regeneration does not void the renders from before it',
    edits: [
      {
        file: LOG_STATEMENTS,
        search: "'SELECT * FROM invalidations WHERE sequence > @sequence AND applied <> 3',",
        replace: "'SELECT * FROM invalidations WHERE sequence > @sequence AND applied <> 2',",
      },
    ],
    tests: [schedules],
  },
  {
    name: 'a regeneration is finished before its pages have been rendered',
    edits: [
      {
        file: REGENERATOR,
        search: '    const outcomes = await publisher.renderAll(calm.map(pathSelectorOf));',
        replace:
          '    await finish();\n    const outcomes = await publisher.renderAll(calm.map(pathSelectorOf));',
      },
    ],
    tests: [ground],
  },
  {
    name: 'what a killed process has intended is not taken over at a start',
    edits: [
      { file: INTENTS, search: 'this.#takeOver(() => true).finally(', replace: 'Promise.resolve().finally(' },
    ],
    tests: [tracker],
  },
  {
    name: 'a deletion does not settle what was intended',
    edits: [
      {
        file: LOG,
        search: '      settleIn(opening, intended);\n      const sequences',
        replace: '      const sequences',
      },
    ],
    tests: [tracker],
  },
  {
    name: 'a regeneration that a killed process has begun is not taken over',
    edits: [
      { file: INVALIDATOR, search: '    await this.#parts.ledger.claimRegenerating();\n', replace: '' },
    ],
    tests: [ground],
  },

  // Requests that wait for a render.
  {
    name: 'followers are served from the response of the leader',
    edits: [
      {
        file: MISS,
        search: '    const begun = { startedAt: performance.now()',
        replace: `    void captured.then((result) => { if ('body' in result) lastBodies.set(decision.page.path, result.body); });
    const begun = { startedAt: performance.now()`,
      },
      {
        file: MIDDLEWARE,
        search: "        if (end === 'look-again') this.#answer(visit, decision, patience);",
        replace: `        const body = lastBodies.get(decision.page.path);
        if (end === 'look-again' && body !== undefined) response.setHeader('Cache-Status', 'staticgenerator; hit').end(body);
        else if (end === 'look-again') this.#answer(visit, decision, patience);`,
      },
      {
        file: MISS,
        search: 'export class Misses ',
        replace: 'export const lastBodies = new Map<string, Buffer>();\nexport class Misses ',
      },
      {
        file: MIDDLEWARE,
        search: 'import { Misses, ',
        replace: 'import { lastBodies, Misses, ',
      },
    ],
    tests: [coalesce],
  },
  {
    name: 'a page that was stored stays at rest',
    edits: [
      {
        file: COALESCER,
        search: "if ('stored' in result) this.#refused.forget(key);\n      else if",
        replace: 'if',
      },
    ],
    tests: ['test/request/again/refused-pages.test.ts'],
  },
  {
    name: 'a page that others have stored stays at rest',
    edits: [{ file: MIDDLEWARE, search: '    this.#coalescer.found(key);\n', replace: '' }],
    tests: ['test/request/again/refused-pages.test.ts'],
  },
  {
    name: 'of a page at rest no render is ever looked at',
    edits: [
      {
        file: 'src/request/again/refused-pages.ts',
        search: 'page.atRest < RENDERS_AT_REST && ',
        replace: '',
      },
    ],
    tests: ['test/request/again/refused-pages.test.ts'],
  },
  {
    name: 'a render that was never followed counts as lost',
    edits: [
      {
        file: 'src/request/render-context.ts',
        search: 'if (context.isFollowed && this',
        replace: 'if (this',
      },
    ],
    tests: ['test/request/context/following.test.ts'],
  },
  {
    name: 'the first renders beside a tracker are not followed',
    edits: [{ file: 'src/track/models.ts', search: '    this.#parts.reads.follow();\n', replace: '' }],
    tests: ['test/request/context/following.test.ts'],
  },
  {
    name: 'followers of a voided render all render for themselves',
    edits: [
      {
        file: COALESCER,
        search: "new Set<Reason>(['voided', 'incomplete'])",
        replace: "new Set<Reason>(['incomplete'])",
      },
    ],
    tests: [coalesce],
  },
  {
    name: 'concurrent misses do not wait for each other',
    edits: [
      {
        file: COALESCER,
        search: 'if (leader === undefined || this.#refused.isKnown(key)) return undefined;',
        replace: 'if (leader === undefined || key !== "") return undefined;',
      },
    ],
    tests: [coalesce],
  },
  {
    name: 'every render that is voided begins the wait of its followers anew',
    edits: [
      {
        file: COALESCER,
        search: 'Math.min(patience, leader.until)',
        replace: 'leader.until',
      },
    ],
    tests: [coalesce],
  },
  {
    name: 'whoever comes late to a render that hangs waits as long as the others did',
    edits: [
      {
        file: COALESCER,
        search: 'Math.min(patience, leader.until)',
        replace: 'patience',
      },
    ],
    tests: [coalesce],
  },
  {
    name: 'who comes after a deletion waits for the render that it has voided',
    edits: [{ file: COALESCER, search: ' && !leader.isVoid()', replace: '' }],
    tests: [coalesce],
  },
  {
    name: 'a render is not compared again with the deletions before the tags that it has since',
    edits: [
      {
        file: COALESCER,
        search: 'ledger.isVoid(page, hasNoNewTag ? compared : lease)',
        replace: 'ledger.isVoid(page, compared)',
      },
    ],
    tests: [coalesce],
  },
  {
    name: 'pages that were not storable are not remembered',
    edits: [{ file: COALESCER, search: ' || this.#refused.isKnown(key)', replace: '' }],
    tests: [coalesce],
  },
  // A CDN in front.
  ...cdnMutants,
  // Several hosts.
  ...hostMutants,
];
