import type { Selector } from '../page/selector.js';
import type { Change } from './change.js';
import { areOfList, type ListColumns, tagsOfListChange } from './list-tags.js';
import { anyTag, collectionTag, keyedTag, missingTag, rowTag } from './tags.js';

/** What is known about the changes of one model. */
interface Changed {
  isAny: boolean;
  readonly tags: Set<string>;
}

/** A model with more changed tags is recorded as "any of its rows", because each tag would be an entry of the log. */
const MAX_TAGS = 500;

/** The changes of one transaction, as the tags of the pages that they make out of date. */
export class ChangeSet {
  readonly #lists: Pick<ListColumns, 'of'>;
  readonly #byName = new Map<string, Changed>();

  constructor(lists: Pick<ListColumns, 'of'>) {
    this.#lists = lists;
  }

  /** Adds rows whose keys are not known. */
  addAny(name: string): void {
    this.#of(name).isAny = true;
  }

  /** Adds a row by its key, a new row, or the rows of a list. If none of these is known, adds any row of the model. */
  add(name: string, change: Pick<Change, 'id' | 'action' | 'lists'>): void {
    const { id, action } = change;
    const changed = this.#of(name);
    if (id === undefined && action !== 'create' && !areOfList(change)) changed.isAny = true;
    if (changed.isAny) return;
    changed.tags.add(collectionTag(name));
    if (id !== undefined) changed.tags.add(rowTag(name, id));
    else if (action !== 'create') changed.tags.add(keyedTag(name));
    if (action === 'create' || action === 'unknown') changed.tags.add(missingTag(name));
    for (const tag of tagsOfListChange(name, change, this.#lists.of(name))) changed.tags.add(tag);
    if (changed.tags.size <= MAX_TAGS) return;
    changed.isAny = true;
    changed.tags.clear();
  }

  /** Returns selectors by tag: for rows, lists and selections, or for all pages that read any row of a model. */
  selectors(): readonly Selector[] {
    const tags = [...this.#byName].flatMap(([name, { isAny, tags }]) => (isAny ? [anyTag(name)] : [...tags]));
    return tags.map((value) => ({ kind: 'tag', value }));
  }

  #of(name: string): Changed {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const changed: Changed = { isAny: false, tags: new Set() };
    this.#byName.set(name, changed);
    return changed;
  }
}
