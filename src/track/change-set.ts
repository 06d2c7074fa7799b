import type { Selector } from '../page/selector.js';
import type { Change } from './change.js';
import { areOfList, type ListColumns, tagsOfListChange } from './list-tags.js';
import { anyTag, collectionTag, keyedTag, missingTag, rowTag } from './tags.js';

/** What is known of the changes of one model. */
interface Changed {
  isAny: boolean;
  readonly tags: Set<string>;
}

/** More tags than this of a model are told as any of its rows: each would be an entry of the log. */
const MAX_TAGS = 500;

/** The changes of one transaction, as the tags of the pages that they make out of date. */
export class ChangeSet {
  readonly #lists: Pick<ListColumns, 'of'>;
  readonly #byName = new Map<string, Changed>();

  constructor(lists: Pick<ListColumns, 'of'>) {
    this.#lists = lists;
  }

  /** Rows whose keys are not known. */
  addAny(name: string): void {
    this.#of(name).isAny = true;
  }

  /** A row by its key, one that was not there before, or the rows of a list; or else any rows. */
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

  /** By tag: rows, lists and selections; or all pages that read any row. */
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
