import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { StaticGeneratorError } from '../../errors.js';
import { isStoredCoding } from '../../files/compress.js';
import type { Measured, NginxSeen, RefusedPage } from '../../metrics.js';
import { bareName } from '../../page/layout.js';
import type { HeaderLine } from '../../page/response/headers.js';
import { compileSelector, type Selector } from '../../page/selector.js';
import { FoundPages } from '../found-pages.js';
import type {
  AppendPurpose,
  Completeness,
  Entries,
  FileMover,
  FileRemover,
  FoundPage,
  Lease,
  Ledger,
  LogEntry,
  PageEntry,
  PlacedPage,
  Placement,
  Removal,
  RemovedPage,
  Statistics,
  StoredPage,
  Suspect,
} from '../ledger.js';
import { BATCH_ROWS, matchingRows } from '../matching.js';
import {
  type Connection,
  isDamage,
  isSameFile,
  moveAside,
  openConnection,
  type SqliteLedgerOptions,
  translateSqliteError,
} from './connection.js';
import { commitOrRollBack, isBusy, WriteLock } from './lock.js';
import { SqliteReader } from './reader.js';
import {
  APPLIED,
  type PageRow,
  type PlacedRow,
  REGENERATING,
  type Statements,
  selectorOf,
  UNAPPLIED,
} from './statements.js';

/** How long one transaction may remove files before it lets others have the lock, and the event loop. */
const BATCH_BUDGET_MS = 8;
/** Applied entries that are kept, so that the leases of long renders can be judged. */
const KEPT_ENTRIES = 10_000;
const COMPACT_EVERY = 1_000;
/** After this long an expired page whose file is kept is tried again; meanwhile the others have their turn. */
const KEPT_AGAIN_MS = 30_000;
/** Pages whose last refusal is remembered. */
const KEPT_REFUSALS = 10_000;
const stateAtAppend = { delete: UNAPPLIED, void: APPLIED, regenerate: REGENERATING } as const;

/** The ledger in one SQLite file (WAL), opened by every process of the site. */
export class SqliteLedger implements Ledger {
  readonly #options: SqliteLedgerOptions;
  readonly #lock = new WriteLock();
  readonly #found = new FoundPages();
  readonly #reader = new SqliteReader(() => this.#connection.statements);
  #connection: Connection;
  #generation = 0;
  #complete: boolean;
  /** The entry that invalidates the pages of another version, until it has been applied. */
  #outdating: number | undefined;
  #closed = false;

  constructor(options: SqliteLedgerOptions) {
    this.#options = options;
    this.#connection = openConnection(options);
    this.#outdating = this.#connection.outdating;
    this.#complete = this.#connection.complete;
  }

  lease(): Lease {
    this.#followFile();
    const sequence = this.#connection.statements.lastSequence.get();
    return { generation: this.#generation, sequence: Number(sequence) };
  }

  find(host: string, path: string): FoundPage | undefined {
    if (this.#isOutdated()) return undefined;
    const version = Number(this.#connection.statements.dataVersion.get());
    const found = this.#found.get(`${host}${path}`, version, () => this.#query(host, path));
    return found?.expiresAt === undefined || found.expiresAt > Date.now() ? found : undefined;
  }

  #query(host: string, path: string): FoundPage | undefined {
    const row = this.#connection.statements.placedFile.get({ host, path, name: bareName(path) });
    if (row === undefined) return undefined;
    return {
      file: row.file,
      codings: row.codings.split(' ').filter(isStoredCoding),
      headers: row.headers === null ? undefined : parseHeaders(row.headers),
      storedAt: row.stored_at,
      expiresAt: row.expires_at ?? undefined,
    };
  }

  /** Whether pages of another version may still be there. */
  #isOutdated(): boolean {
    if (this.#outdating === undefined) return false;
    const entry = this.#connection.statements.entry.get({ sequence: this.#outdating });
    if (entry?.applied === UNAPPLIED) return true;
    this.#outdating = undefined;
    return false;
  }

  record(page: PageEntry): Promise<void> {
    return this.#transaction('NORMAL', ({ statements }) => {
      statements.insertPage.run({
        file: page.file,
        host: page.host,
        path: page.path,
        name: bareName(page.path),
        expiresAt: page.expiresAt ?? null,
      });
      const row = statements.pageByFile.get({ file: page.file });
      if (row === undefined) throw new Error(`The row of ${page.file} vanished in its own transaction`);
      for (const tag of page.tags) statements.insertTag.run({ tag, page: row.id });
    });
  }

  place(page: PageEntry, lease: Lease, files: FileMover): Promise<Placement> {
    return this.#transaction('NORMAL', (connection) => {
      const { statements } = connection;
      if (this.#isVoid(page, lease, connection)) {
        // The name of a page that only Node serves is never used again, so nobody else needs its row.
        if (page.headers !== undefined) statements.deleteUnplaced.run({ file: page.file });
        return 'voided';
      }
      const row = statements.pageByFile.get({ file: page.file });
      if (row === undefined) return 'unrecorded';
      const recorded = new Set(statements.tagsOfPage.all({ page: row.id }).map(({ tag }) => tag));
      // Another render of this page may have dropped them; they must be there before the file is.
      if ([...page.tags].some((tag) => !recorded.has(tag))) return 'unrecorded';

      removeOtherFiles(page, files, statements);
      files.place();
      if (!isSameFile(this.#options.file, connection)) {
        // Whoever has begun a new ledger may have looked for pages that it does not know before this one was there.
        files.remove(page.file);
        return 'voided';
      }
      const { bytes, hash } = page;
      statements.markPlaced.run({
        headers: page.headers === undefined ? null : JSON.stringify(page.headers),
        expiresAt: page.expiresAt ?? null,
        ...{ id: row.id, codings: page.codings.join(' '), bytes, hash, storedAt: Date.now() },
      });
      for (const tag of recorded) if (!page.tags.has(tag)) statements.deleteTag.run({ tag, page: row.id });
      return 'placed';
    });
  }

  #isVoid(page: PageEntry, lease: Lease, { statements }: Connection): boolean {
    if (lease.generation !== this.#generation) return true;
    const { version } = this.#options;
    if (version !== undefined && version !== statements.version.get()) return true;
    if (lease.sequence < Number(statements.floor.get())) return true;
    for (const row of statements.entriesAfter.iterate({ sequence: lease.sequence })) {
      if (compileSelector(selectorOf(row))(page)) return true;
    }
    return false;
  }

  async append(selectors: readonly Selector[], purpose: AppendPurpose): Promise<Entries> {
    // The renders that it voids die with the machine, and nothing else comes of such an entry: no sync.
    if (purpose === 'void') {
      return await this.#transaction('NORMAL', ({ statements }) => ({
        generation: this.#generation,
        sequences: appendEntries(statements, selectors, purpose),
      }));
    }
    return await this.#transaction('FULL', ({ statements }) => {
      const sequences = appendEntries(statements, selectors, purpose);
      return { generation: this.#generation, sequences };
    });
  }

  async apply({ generation, sequences }: Entries, files: FileRemover): Promise<readonly RemovedPage[]> {
    const removed: RemovedPage[] = [];
    const removals = this.#removals(sequences, files, removed);
    await this.#inBatches(removals, files, () => this.#assertSameFile(generation));
    return removed;
  }

  /** Does work in transactions of its own, so short that others have their turn; `check` comes first in each. */
  async #inBatches(
    work: Generator<undefined>,
    files: Pick<FileRemover, 'endBatch'>,
    check: () => void,
  ): Promise<void> {
    for (let done = false; !done; ) {
      // Not durable: if the mark is lost, the entry is applied once more.
      done = await this.#transaction('NORMAL', () => {
        check();
        const finished = runUntil(work, performance.now() + BATCH_BUDGET_MS);
        files.endBatch();
        return finished;
      });
      await nextTurn();
    }
  }

  /** The entries that are named by their numbers are not in the log that is there now. */
  #assertSameFile(generation: number): void {
    if (generation === this.#generation) return;
    const { file } = this.#options;
    throw new StaticGeneratorError(
      'ERR_LEDGER_REPLACED',
      `The ledger ${file} was replaced during a deletion`,
      { fields: { path: file } },
    );
  }

  /**
   * The removals of entries, a step a page, so that a batch can end anywhere. A page that is recorded meanwhile may be
   * missed: it has either a lease that the entry voids, or was rendered after it.
   */
  *#removals(sequences: readonly number[], files: FileRemover, removed: RemovedPage[]): Generator<undefined> {
    for (const sequence of sequences) {
      const { statements } = this.#connection;
      const entry = statements.entry.get({ sequence });
      if (entry === undefined) continue;
      const selector = selectorOf(entry);
      for (const row of matchingRows(selector, statements)) {
        if (row !== undefined) {
          if (this.#removePage(row, files) === true) removed.push(removedPage(row));
        }
        yield;
      }
      for (const file of files.filesNamedBy(selector)) files.remove(file);
      statements.mark.run({ sequence, applied: APPLIED });
      yield;
    }
  }

  #removePage({ id, file }: PageRow, files: Pick<FileRemover, 'remove'>): Removal {
    const { statements } = this.#connection;
    const removal = files.remove(file);
    // Without its row, a file that is still there would be found by no tag and no glob again.
    if (removal === 'kept') statements.markHidden.run({ id });
    else statements.deletePage.run({ id });
    return removal;
  }

  async removeUnrecorded(
    selectors: readonly Selector[],
    files: FileRemover,
  ): Promise<readonly RemovedPage[]> {
    const removed: RemovedPage[] = [];
    await this.#inBatches(this.#unrecordedRemovals(selectors, files, removed), files, () => undefined);
    return removed;
  }

  *#unrecordedRemovals(
    selectors: readonly Selector[],
    files: FileRemover,
    removed: RemovedPage[],
  ): Generator<undefined> {
    for (const selector of selectors) {
      for (const row of matchingRows(selector, this.#connection.statements)) {
        if (row !== undefined && files.remove(row.file) === true) removed.push(removedPage(row));
        yield;
      }
      for (const file of files.filesNamedBy(selector)) files.remove(file);
      yield;
    }
  }

  async matching({ generation, sequences }: Entries): Promise<readonly RemovedPage[]> {
    const found = new Map<string, RemovedPage>();
    for (const sequence of sequences) {
      this.#assertSameFile(generation);
      const { statements } = this.#connection;
      const entry = statements.entry.get({ sequence });
      if (entry === undefined) continue;
      for (const row of matchingRows(selectorOf(entry), statements)) {
        if (row === undefined) await nextTurn();
        else found.set(row.file, removedPage(row));
      }
    }
    return [...found.values()];
  }

  async markApplied({ generation, sequences }: Entries): Promise<void> {
    await this.#transaction('NORMAL', ({ statements }) => {
      if (generation !== this.#generation) return;
      for (const sequence of sequences) statements.mark.run({ sequence, applied: APPLIED });
    });
  }

  completeness(): Completeness {
    this.#followFile();
    return { generation: this.#generation, complete: this.#complete };
  }

  async markComplete({ generation }: Completeness): Promise<void> {
    await this.#transaction('NORMAL', ({ statements, ground }) => {
      if (generation !== this.#generation) return;
      if (ground !== undefined) statements.setGround.run({ ground });
      this.#complete = true;
    });
  }

  placed(file: string): PlacedPage | undefined {
    const row = this.#connection.statements.placedPage.get({ file });
    return row === undefined ? undefined : placedPage(row);
  }

  newestStoredAt(): number {
    return this.#connection.statements.newestPage.get() ?? 0;
  }

  async removeSuspects(
    suspects: readonly Suspect[],
    files: Pick<FileRemover, 'remove' | 'endBatch'>,
  ): Promise<readonly string[]> {
    return await this.#transaction('NORMAL', ({ statements }) => {
      const same = suspects.filter(({ file, seen }) => isDeepStrictEqual(this.placed(file), seen));
      for (const { file } of same) {
        const row = statements.pageByFile.get({ file });
        if (row === undefined) files.remove(file);
        else this.#removePage(row, files);
      }
      files.endBatch();
      return same.map(({ file }) => file);
    });
  }

  async forgetMissing(files: readonly string[], isThere: (file: string) => boolean): Promise<number> {
    return await this.#transaction('NORMAL', ({ statements }) => {
      const missing = files.filter((file) => !isThere(file));
      for (const file of missing) {
        const row = statements.pageByFile.get({ file });
        if (row !== undefined) statements.deletePage.run({ id: row.id });
      }
      return missing.length;
    });
  }

  nextExpiry(): number | undefined {
    return this.#connection.statements.nextExpiry.get() ?? undefined;
  }

  async expire(
    now: number,
    files: Pick<FileRemover, 'remove' | 'endBatch'>,
  ): Promise<readonly RemovedPage[]> {
    return await this.#transaction('NORMAL', ({ statements }) => {
      const rows = statements.expiredPages.all({ now, limit: BATCH_ROWS });
      const kept = rows.filter((row) => this.#removePage(row, files) === 'kept');
      for (const { id } of kept) statements.postponeExpiry.run({ id, expiresAt: now + KEPT_AGAIN_MS });
      files.endBatch();
      return rows.filter((row) => !kept.includes(row)).map(removedPage);
    });
  }

  unapplied(): Entries {
    const rows = this.#connection.statements.unapplied.all();
    return { generation: this.#generation, sequences: rows.map(({ sequence }) => sequence) };
  }

  async claimRegenerating(): Promise<void> {
    await this.#transaction('NORMAL', ({ statements }) => statements.claimRegenerating.run());
  }

  get(host: string, path: string): StoredPage | undefined {
    return this.#reader.get(host, path);
  }

  pages(): Iterable<StoredPage> {
    return this.#reader.pages();
  }

  *files(): Iterable<string> {
    const { statements } = this.#connection;
    for (let after = ''; ; ) {
      const rows = statements.filesAfter.all({ after, limit: BATCH_ROWS });
      for (const { file } of rows) yield file;
      after = rows.at(-1)?.file ?? after;
      if (rows.length < BATCH_ROWS) return;
    }
  }

  nginxSeen(): NginxSeen | undefined {
    return this.#reader.nginxSeen();
  }

  async note({ counts, refusals, nginx }: Measured): Promise<void> {
    await this.#transaction('NORMAL', ({ statements }) => {
      for (const [name, by] of counts) statements.addToCounter.run({ name, by });
      for (const refusal of refusals)
        statements.addRefusal.run({ ...refusal, detail: refusal.detail ?? null });
      statements.trimRefusals.run({ kept: KEPT_REFUSALS });
      if (nginx === undefined) return;
      statements.forgetNginx.run();
      statements.addNginx.run(nginx);
    });
  }

  statistics(): Statistics {
    return this.#reader.statistics();
  }

  lastRefusal(host: string, path: string): RefusedPage | undefined {
    return this.#reader.lastRefusal(host, path);
  }

  log(limit: number): readonly LogEntry[] {
    return this.#reader.log(limit);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#lock.idle();
    this.#connection.database.close();
  }

  async #transaction<T>(synchronous: 'NORMAL' | 'FULL', work: (connection: Connection) => T): Promise<T> {
    // Asked for later than close(); what was asked for before is still carried out.
    if (this.#closed) throw new StaticGeneratorError('ERR_CLOSED', 'The ledger has been closed');
    const begin = () => {
      this.#followFile();
      this.#found.forget();
      const { database } = this.#connection;
      database.pragma(`synchronous = ${synchronous}`);
      database.exec('BEGIN IMMEDIATE');
    };
    const run = () => commitOrRollBack(this.#connection.database, () => work(this.#connection));
    try {
      return await this.#lock.acquire(begin, run);
    } catch (error) {
      // The next transaction finds no file, and makes a new one: a cold start in a running process.
      if (isDamage(error)) this.#moveAside(error);
      throw translateSqliteError(error, this.#options.file);
    }
  }

  #moveAside(cause: unknown): void {
    try {
      moveAside(this.#options, { inode: this.#connection.inode, cause, patience: 'throws-busy' });
    } catch (error) {
      // Another process does it just now, or the next transaction will.
      if (!isBusy(error)) throw error;
    }
  }

  /** Reopens when the file is no longer the one that was opened: removed or replaced under the running process. */
  #followFile(): void {
    if (isSameFile(this.#options.file, this.#connection)) return;
    const outdated = this.#connection;
    this.#connection = openConnection(this.#options, 'throws-busy');
    this.#found.forget();
    this.#generation += 1;
    this.#outdating = this.#connection.outdating;
    this.#complete = this.#connection.complete;
    outdated.database.close();
    if (!this.#complete) this.#options.onIncomplete();
  }
}

function removedPage({ host, path, file }: PageRow): RemovedPage {
  return { host, path, file };
}

function placedPage({ bytes, hash, stored_at: storedAt, ...row }: PlacedRow): PlacedPage {
  return { codings: row.codings.split(' ').filter(isStoredCoding), bytes, hash, storedAt };
}

/** A page has one file: when it changes its type, or who serves it, the file that it had goes. */
function removeOtherFiles({ host, path, file }: PageEntry, files: FileMover, statements: Statements): void {
  for (const other of statements.otherFiles.all({ host, path, name: bareName(path), file })) {
    files.remove(other.file);
    statements.deletePage.run({ id: other.id });
  }
}

/** The sequences of the new entries. */
function appendEntries(
  statements: Statements,
  selectors: readonly Selector[],
  purpose: AppendPurpose,
): readonly number[] {
  const [applied, at] = [stateAtAppend[purpose], Date.now()];
  const sequences = selectors.map((selector) => {
    const { kind } = selector;
    const value = kind === 'all' ? '' : selector.value;
    const host = kind === 'path' ? (selector.host ?? null) : null;
    return Number(statements.appendEntry.run({ kind, value, host, applied, at }).lastInsertRowid);
  });
  if (sequences.some((sequence) => sequence % COMPACT_EVERY === 0)) compact(statements);
  return sequences;
}

/** Removes old entries from the log and remembers how far, so that a lease older than that is refused. */
function compact(statements: Statements): void {
  const last = Number(statements.lastSequence.get());
  const firstUnapplied = statements.firstOpen.get()?.sequence ?? last;
  const floor = Math.min(last - KEPT_ENTRIES, firstUnapplied - 1);
  if (floor <= 0) return;
  statements.deleteEntries.run({ sequence: floor });
  statements.raiseFloor.run({ sequence: floor });
}

/** Runs a generator until it ends or the time is up; whether it ended. At least one step is made. */
function runUntil(work: Generator<undefined>, deadline: number): boolean {
  for (;;) {
    if (work.next().done === true) return true;
    if (performance.now() > deadline) return false;
  }
}

/** What {@link SqliteLedger.place} wrote. */
function parseHeaders(json: string): readonly HeaderLine[] {
  const lines: readonly HeaderLine[] = JSON.parse(json);
  return lines;
}
