import type { Target } from '../change/targets/target.js';
import type { Entries } from '../ledger/ledger.js';
import type { Selector } from '../page/selector.js';
import { cascadeOf } from './cascades.js';
import type { Change } from './change.js';
import { ChangeSet } from './change-set.js';
import type { ListColumns } from './list-tags.js';
import type { ResolvedTrackOptions } from './track-options.js';

export interface PendingChangesParts {
  readonly options: ResolvedTrackOptions;
  readonly lists: Pick<ListColumns, 'of'>;
  /** Reports an error that must not reach the query that it occurs in. */
  readonly report: (error: unknown) => void;
}

/** What the changes of one transaction make out of date: tags, and targets of the option `urls`. */
export class PendingChanges {
  readonly #parts: PendingChangesParts;
  readonly #set: ChangeSet;
  readonly #targets: Target[] = [];
  /** What has been noted of them before their commit. */
  readonly intended: Entries[] = [];
  #isAll = false;

  constructor(parts: PendingChangesParts) {
    this.#parts = parts;
    this.#set = new ChangeSet(parts.lists);
  }

  /** Adds each change that is tracked and not ignored, and what the database changes along with it. */
  add(changes: Change | readonly Change[]): void {
    for (const change of [changes].flat()) {
      if (this.#guard(() => this.#matters(change)) === false) continue;
      if (this.#guard(() => this.#addTags(change)) === undefined) this.addEverything();
      this.#guard(() => this.#addUrls(change));
    }
  }

  /** A change could not be understood, so every page is taken to be out of date. */
  addEverything(): void {
    this.#isAll = true;
  }

  /** By tag, or all pages. */
  selectors(): readonly Selector[] {
    return this.#isAll ? [{ kind: 'all' }] : this.#set.selectors();
  }

  /** What the option `urls` names. */
  targets(): readonly Target[] {
    return this.#targets;
  }

  #matters(change: Change): boolean {
    return this.#parts.options.isTracked(change.entity) && !this.#parts.options.ignore(change);
  }

  #addTags(change: Change): true {
    const { entity, action } = change;
    const { name, cascades } = this.#parts.options;
    this.#set.add(name(entity), change);
    if (action === 'delete' || action === 'unknown')
      for (const other of cascadeOf(entity, cascades)) this.#set.addAny(name(other));
    return true;
  }

  #addUrls(change: Change): void {
    if (change.record === undefined || change.record === null) return;
    const found = this.#parts.options.urls[change.entity]?.(change.record, change);
    if (found !== undefined) this.#targets.push(found as Target);
  }

  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#parts.report(error);
      return undefined;
    }
  }
}
