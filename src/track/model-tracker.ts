import type { FindRecords } from '../change/targets/target.js';
import type { Entries, Unseen } from '../ledger/ledger.js';
import { type Logger, OnceLog } from '../log.js';
import type { Change } from './change.js';
import type { DeletionQueue } from './deletion-queue.js';
import type { ListColumns, ListRead } from './list-tags.js';
import { type ResolvedTrackOptions, warnOfStrangers } from './options.js';
import { PendingChanges } from './pending-changes.js';
import { NotedReads } from './reads/noted-reads.js';
import { Snapshots } from './reads/snapshots.js';
import { pagesOf } from './records.js';
import type { Id } from './tags.js';
import type { LostConnection, ModelParts, ModelSource, Related, Tracker } from './tracker.js';

export interface ModelTrackerParts extends ModelParts {
  readonly queue: Pick<DeletionQueue, 'add'>;
  readonly finders: Set<FindRecords>;
  readonly lists: ListColumns;
  readonly options: ResolvedTrackOptions;
}

/** One tracker: reads become tags of the page, changes become deletions by tag. */
export class ModelTracker implements Tracker {
  readonly #parts: ModelTrackerParts;
  /** Changes by transaction. The map is weak because not every ORM reports a rollback. */
  readonly #transactions = new WeakMap<object, PendingChanges>();
  readonly #finders: ModelTrackerParts['finders'] = new Set();
  readonly #warnings: OnceLog;
  readonly #noted: NotedReads;
  readonly #snapshots: Snapshots;
  #related: Related | undefined;
  #isDetached = false;

  constructor(parts: ModelTrackerParts) {
    this.#parts = parts;
    this.#noted = new NotedReads(parts, (error) => this.report(error));
    this.#snapshots = new Snapshots(parts);
    this.#warnings = new OnceLog(parts.logger);
  }

  isReading(): boolean {
    return !this.#isDetached && this.#parts.reads.isTracking();
  }

  read(entity: string, id?: Id): void {
    if (!this.isReading()) return;
    this.#noted.note(entity, id);
    this.#readAlong(entity);
  }

  readMissing(entity: string): void {
    if (!this.isReading()) return;
    this.#noted.noteMissing(entity);
    this.#readAlong(entity);
  }

  readList(entity: string, list: ListRead): void {
    if (!this.isReading()) return;
    this.#noted.noteList(entity, list);
    this.#readAlong(entity);
  }

  readAnything(reason: string): void {
    if (!this.isReading()) return;
    this.#parts.reads.readUnclear(reason);
    this.#parts.onUnclear?.('read');
    this.#warnings.warn(reason, 'the data that a page read is unknown, so the page is not stored');
  }

  begins(transaction: object): void {
    if (!this.#isDetached) this.#snapshots.begins(transaction);
  }

  readsWithin(transaction: object): void {
    if (this.isReading()) this.#snapshots.reads(transaction);
  }

  untracked<T>(work: () => T): T {
    return this.#parts.reads.untracked(work);
  }

  async changed(changes: Change | readonly Change[]): Promise<void> {
    const pending = this.#pending();
    this.#add(pending, changes);
    await this.#delete(pending, pending.intended);
  }

  defer(transaction: object, changes: Change | readonly Change[]): boolean {
    const known = this.#transactions.get(transaction);
    const pending = known ?? this.#pending();
    this.#add(pending, changes);
    this.#transactions.set(transaction, pending);
    return known === undefined;
  }

  deferAnything(transaction: object, reason: string): boolean {
    const isFirst = this.defer(transaction, []);
    if (!this.#isDetached) {
      this.#transactions.get(transaction)?.addEverything();
      this.#parts.onUnclear?.('change');
      this.#warnings.warn(
        reason,
        'the data that a transaction changed is unknown, so all pages are deleted when it commits',
      );
    }
    return isFirst;
  }

  intend(transaction: object): Promise<void> | undefined {
    return this.#parts.isClosed() ? undefined : this.#open(transaction)?.intend();
  }

  intendNow(transaction: object): void {
    if (!this.#parts.isClosed()) this.#open(transaction)?.intendNow();
  }

  adopt(transaction: object, part: object): void {
    const intended = this.#transactions.get(part)?.intended ?? [];
    this.#transactions.delete(part);
    if (intended.length === 0) return;
    this.defer(transaction, []);
    this.#transactions.get(transaction)?.intended.push(...intended);
  }

  async commit(transaction: object): Promise<void> {
    const pending = this.#open(transaction);
    this.#transactions.delete(transaction);
    if (pending !== undefined) await this.#delete(pending, pending.intended);
  }

  async flush(transaction: object): Promise<void> {
    const pending = this.#open(transaction);
    if (pending === undefined) return;
    const before = pending.intended.splice(0);
    // One new intent covers the rest of the transaction. The deletion settles the earlier ones.
    if (before.length > 0) await this.intend(transaction);
    await this.#delete(pending, before);
  }

  async lost(transaction: object, connection?: LostConnection): Promise<void> {
    const pending = this.#open(transaction);
    this.#transactions.delete(transaction);
    if (pending === undefined) return;
    const selectors = await pending.resolved();
    const { intents } = this.#parts;
    const again = () => intents.deleteNowAndLater(selectors, []).catch((error) => this.report(error));
    connection?.once?.('drain', again);
    connection?.once?.('end', again);
    await intents
      .deleteNowAndLater(selectors, pending.intended)
      .catch(() => this.#parts.queue.add(selectors, { intended: pending.intended }));
  }

  forget(transaction: object): void {
    const intended = this.#transactions.get(transaction)?.intended ?? [];
    this.#transactions.delete(transaction);
    if (intended.length > 0) this.#parts.intents.settle(intended).catch((error) => this.report(error));
  }

  provideRelated(related: Related): void {
    this.#related = related;
  }

  provideModels(models: ModelSource): void {
    const find = (model: object) => {
      const name = models.nameOf(model);
      return name === undefined ? undefined : pagesOf(name, models.records(model), this.#parts.options);
    };
    warnOfStrangers(models.names?.(), this.#parts);
    this.#finders.add(find);
    this.#parts.finders.add(find);
  }

  async changedAnything(reason: string): Promise<void> {
    if (this.#isDetached) return;
    this.#parts.logger.info({ reason }, 'changes of data may have been missed, so all pages are deleted');
    const pending = this.#pending();
    pending.addEverything();
    await this.#delete(pending, pending.intended);
  }

  cannotSee(unseen: Unseen): void {
    if (!this.#parts.isClosed()) this.#parts.noteUnseen(unseen);
  }

  report(error: unknown): void {
    this.#parts.logger.error({ err: error }, 'a read or a change of data could not be followed');
    this.#tell(error);
  }

  get logger(): Logger {
    return this.#parts.logger;
  }

  detach(): void {
    this.#isDetached = true;
    for (const find of this.#finders) this.#parts.finders.delete(find);
  }

  #pending(): PendingChanges {
    return new PendingChanges({
      ...this.#parts,
      related: this.#related,
      report: (error) => this.report(error),
      warn: (reason) =>
        this.#warnings.warn(reason, 'the data that changed is unknown, so all pages are deleted'),
    });
  }

  #readAlong(entity: string): void {
    try {
      const { entities, unclear } = this.#related?.readWith(entity) ?? { entities: [] };
      for (const other of entities) this.#noted.note(other);
      if (unclear !== undefined) this.readAnything(unclear);
    } catch (error) {
      this.#parts.reads.readUnclear(`what is read along with ${entity} is not known`);
      this.report(error);
    }
  }

  #open(transaction: object): PendingChanges | undefined {
    return this.#isDetached ? undefined : this.#transactions.get(transaction);
  }

  #add(pending: PendingChanges, changes: Change | readonly Change[]): void {
    if (!this.#isDetached) pending.add(changes);
  }

  async #delete(pending: PendingChanges, intended: readonly Entries[]): Promise<void> {
    const selectors = await pending.resolved();
    const isByRender = selectors.length > 0 && this.#parts.reads.changed(selectors);
    const failure = await this.#parts.queue.add(selectors, { intended, isByRender });
    if (failure !== undefined) this.#tell(failure.error);
  }

  /** Reports a failure, which is already logged, to the option `onError`. */
  #tell(error: unknown): void {
    try {
      this.#parts.options.onError(error);
    } catch (failure) {
      this.#parts.logger.error({ err: failure }, 'the option onError threw');
    }
  }
}
