import type { Target } from '../change/targets/target.js';
import type { Entries } from '../ledger/ledger.js';
import type { Selector } from '../page/selector.js';
import { cascadeOf } from './cascades.js';
import type { Change } from './change.js';
import { ChangeSet } from './change-set.js';
import type { ListColumns } from './list-tags.js';
import type { ResolvedTrackOptions } from './options.js';
import type { ModelParts, Related } from './tracker.js';

export interface PendingChangesParts extends Pick<ModelParts, 'intents' | 'resolve'> {
  readonly options: ResolvedTrackOptions;
  readonly lists: Pick<ListColumns, 'of'>;
  /** What the database changes along with other changes. */
  readonly related: Related | undefined;
  /** Logs why all pages are treated as out of date. */
  readonly warn: (reason: string) => void;
  /** Reports an error that must not reach the query that it occurs in. */
  readonly report: (error: unknown) => void;
}

/** The pages that the changes of one transaction make out of date, as tags, and as targets of the option `urls`. */
export class PendingChanges {
  readonly #parts: PendingChangesParts;
  readonly #set: ChangeSet;
  readonly #targets: Target[] = [];
  /** The intents that were noted before the commit. */
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
      if (this.#guard(() => this.#addAlong(change)) === undefined) this.addEverything();
      this.#guard(() => this.#addUrls(change));
    }
  }

  /** Treats all pages as out of date, because a change could not be understood. */
  addEverything(): void {
    this.#isAll = true;
  }

  /** Returns the selectors by tag, or the one for all pages. */
  selectors(): readonly Selector[] {
    return this.#isAll ? [{ kind: 'all' }] : this.#set.selectors();
  }

  /** Returns {@link selectors}, and those of the pages that the option `urls` returned. */
  async resolved(): Promise<readonly Selector[]> {
    const selectors = [...this.selectors()];
    for (const target of this.#targets) {
      try {
        selectors.push(...(await this.#parts.resolve([target])));
      } catch (error) {
        this.#parts.report(error);
      }
    }
    return selectors;
  }

  /** Notes an intent. Returns a promise if the commit has to wait for it. A save must not fail because of it. */
  intend(): Promise<void> | undefined {
    if (this.#targets.length === 0) return this.#intend(this.selectors());
    return this.resolved().then((selectors) => this.#intend(selectors));
  }

  /** Notes an intent for what is known without waiting. */
  intendNow(): void {
    const selectors = this.selectors();
    this.#guard(() => {
      if (selectors.length > 0) this.intended.push(this.#parts.intents.intendNow(selectors));
    });
  }

  #intend(selectors: readonly Selector[]): Promise<void> | undefined {
    if (selectors.length === 0) return undefined;
    try {
      const noted = this.#parts.intents.intend(selectors);
      if (!(noted instanceof Promise)) this.intended.push(noted);
      else
        return noted.then(
          (entries) => void this.intended.push(entries),
          (error) => this.#parts.report(error),
        );
    } catch (error) {
      this.#parts.report(error);
    }
    return undefined;
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

  #addAlong(change: Change): true {
    const { related, options, warn } = this.#parts;
    const { entities, unclear } = related?.changedWith(change) ?? { entities: [] };
    for (const entity of entities) if (options.isTracked(entity)) this.#set.addAny(options.name(entity));
    if (unclear !== undefined) {
      this.addEverything();
      warn(unclear);
    }
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
