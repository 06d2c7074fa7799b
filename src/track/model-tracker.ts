import type { FindRecords, Target } from '../change/targets.js';
import { StaticGeneratorError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Selector } from '../page/selector.js';
import { cascadeOf } from './cascades.js';
import type { Change } from './change.js';
import { ChangeSet } from './change-set.js';
import type { DeletionQueue } from './deletion-queue.js';
import { anyTag, collectionTag, type Id, rowTag } from './tags.js';
import type { ResolvedTrackOptions } from './track-options.js';
import type { ModelParts, ModelSource, Tracker } from './tracker.js';

export interface ModelTrackerParts extends ModelParts {
  readonly queue: Pick<DeletionQueue, 'add'>;
  readonly finders: Set<FindRecords>;
  readonly options: ResolvedTrackOptions;
}

/** What the changes of one transaction make out of date: tags, and targets of the option `urls`. */
interface Pending {
  readonly set: ChangeSet;
  readonly targets: Target[];
  /** A change could not be understood, so every page is taken to be out of date. */
  isAll: boolean;
}

/** One tracker: reads become tags of the page, changes become deletions by tag. */
export class ModelTracker implements Tracker {
  readonly #parts: ModelTrackerParts;
  /** By transaction; not every ORM tells of the end of one that is rolled back. */
  readonly #transactions = new WeakMap<object, Pending>();
  readonly #finders: ModelTrackerParts['finders'] = new Set();
  #isDetached = false;

  constructor(parts: ModelTrackerParts) {
    this.#parts = parts;
  }

  isReading(): boolean {
    return !this.#isDetached && this.#parts.reads.isTracking();
  }

  read(entity: string, id?: Id): void {
    if (!this.isReading()) return;
    const { options, reads } = this.#parts;
    try {
      if (!options.isTracked(entity)) return;
      const name = options.name(entity);
      reads.tag(anyTag(name), id === undefined ? collectionTag(name) : rowTag(name, id));
    } catch (error) {
      // A page without the tag would never be found out of date.
      reads.skip(`what it read of ${entity} could not be noted`);
      this.report(error);
    }
  }

  untracked<T>(work: () => T): T {
    return this.#parts.reads.untracked(work);
  }

  async changed(changes: Change | readonly Change[]): Promise<void> {
    const pending = emptyPending();
    this.#addAll(pending, changes);
    await this.#delete(pending);
  }

  defer(transaction: object, changes: Change | readonly Change[]): boolean {
    const known = this.#transactions.get(transaction);
    const pending = known ?? emptyPending();
    this.#addAll(pending, changes);
    this.#transactions.set(transaction, pending);
    return known === undefined;
  }

  async commit(transaction: object): Promise<void> {
    const pending = this.#transactions.get(transaction);
    this.#transactions.delete(transaction);
    if (pending !== undefined && !this.#isDetached) await this.#delete(pending);
  }

  forget(transaction: object): void {
    this.#transactions.delete(transaction);
  }

  provideModels(models: ModelSource): void {
    const find = (model: object) => {
      const name = models.nameOf(model);
      return name === undefined ? undefined : this.#pagesOf(name, models.records(model));
    };
    this.#warnOfStrangers(models.names?.());
    this.#finders.add(find);
    this.#parts.finders.add(find);
  }

  async changedAnything(reason: string): Promise<void> {
    if (this.#isDetached) return;
    this.#parts.logger.info({ reason }, 'changes of data may have been missed; all pages are deleted');
    await this.#delete({ ...emptyPending(), isAll: true });
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

  /** A name that is misspelt would leave the pages of its model as they are, for good. */
  #warnOfStrangers(models: readonly string[] | undefined): void {
    if (models === undefined) return;
    const strangers = this.#parts.options.named.filter((name) => !models.includes(name));
    if (strangers.length === 0) return;
    this.#parts.logger.warn(
      { strangers, models },
      'the options of the tracking name models that there are not',
    );
  }

  /** Adds each change that is tracked and not ignored, and what the database changes with it. */
  #addAll(pending: Pending, changes: Change | readonly Change[]): void {
    if (this.#isDetached) return;
    for (const change of [changes].flat()) {
      if (this.#guard(() => this.#matters(change)) === false) continue;
      if (this.#guard(() => this.#add(pending, change)) === undefined) pending.isAll = true;
      this.#guard(() => this.#addUrls(pending, change));
    }
  }

  #matters(change: Change): boolean {
    return this.#parts.options.isTracked(change.entity) && !this.#parts.options.ignore(change);
  }

  #add({ set }: Pending, { entity, id, action }: Change): true {
    const { name, cascades } = this.#parts.options;
    if (id !== undefined || action === 'create') set.addRow(name(entity), id);
    else set.addAny(name(entity));
    if (action === 'delete' || action === 'unknown')
      for (const other of cascadeOf(entity, cascades)) set.addAny(name(other));
    return true;
  }

  #addUrls({ targets }: Pending, change: Change): void {
    if (change.record === undefined || change.record === null) return;
    const found = this.#parts.options.urls[change.entity]?.(change.record, change);
    if (found !== undefined) targets.push(found as Target);
  }

  async #delete({ set, targets, isAll }: Pending): Promise<void> {
    const selectors: Selector[] = isAll ? [{ kind: 'all' }] : [...set.selectors()];
    for (const target of targets) {
      try {
        selectors.push(...(await this.#parts.resolve([target])));
      } catch (error) {
        this.report(error);
      }
    }
    const failure = await this.#parts.queue.add(selectors);
    if (failure !== undefined) this.#tell(failure.error);
  }

  /** Each record by its own address, or by the option `urls`. */
  async *#pagesOf(entity: string, records: AsyncIterable<unknown>): AsyncGenerator<Target> {
    const urls = this.#parts.options.urls[entity];
    for await (const record of records) {
      const knowsItself = typeof record === 'object' && record !== null && 'getAbsoluteUrl' in record;
      if (!knowsItself && urls === undefined) throw this.#withoutAddress(entity);
      yield (
        knowsItself || urls === undefined ? record : urls(record, { entity, action: 'unknown' })
      ) as Target;
    }
  }

  #withoutAddress(entity: string): StaticGeneratorError {
    const tag = anyTag(this.#parts.options.name(entity));
    const why = `its records have no getAbsoluteUrl(). Give them one, or tell the adapter with \`urls: { ${entity}: (record) => … }\`, or name the pages that read it: { tag: ${JSON.stringify(tag)} }`;
    return new StaticGeneratorError('ERR_BAD_TARGET', `Bad target ${entity}: ${why}`, {
      fields: { target: entity },
    });
  }

  /** Tells the caller of a failure that the log has. */
  #tell(error: unknown): void {
    try {
      this.#parts.options.onError(error);
    } catch (failure) {
      this.#parts.logger.error({ err: failure }, 'the option onError threw');
    }
  }

  /** Whatever goes wrong here must not reach the query that it goes wrong in. */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.report(error);
      return undefined;
    }
  }
}

function emptyPending(): Pending {
  return { set: new ChangeSet(), targets: [], isAll: false };
}
