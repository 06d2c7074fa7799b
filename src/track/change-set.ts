import type { Selector } from '../page/selector.js';
import { anyTag, collectionTag, type Id, rowTag } from './tags.js';

/** What is known of the changes of one model. */
interface Changed {
  isAny: boolean;
  readonly rows: Set<string>;
}

/** More rows than this of a model are told as any of its rows: each would be an entry of the log. */
const MAX_ROWS = 500;

/** The changes of one transaction, as the tags of the pages that they make out of date. */
export class ChangeSet {
  readonly #byName = new Map<string, Changed>();

  /** Rows whose keys are not known. */
  addAny(name: string): void {
    this.#of(name).isAny = true;
  }

  /** One row, or, without its key, a row that was not there before. */
  addRow(name: string, id: Id | undefined): void {
    const changed = this.#of(name);
    if (id === undefined || changed.isAny) return;
    changed.rows.add(rowTag(name, id));
    if (changed.rows.size <= MAX_ROWS) return;
    changed.isAny = true;
    changed.rows.clear();
  }

  /** By tag: rows and selections; or all pages that read any row. */
  selectors(): readonly Selector[] {
    const tags = [...this.#byName].flatMap(([name, { isAny, rows }]) =>
      isAny ? [anyTag(name)] : [collectionTag(name), ...rows],
    );
    return tags.map((value) => ({ kind: 'tag', value }));
  }

  #of(name: string): Changed {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const changed: Changed = { isAny: false, rows: new Set() };
    this.#byName.set(name, changed);
    return changed;
  }
}
