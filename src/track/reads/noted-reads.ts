import { LRUCache } from 'lru-cache';
import { type ListColumns, type ListRead, tagsOfList } from '../list-tags.js';
import type { ResolvedTrackOptions } from '../options.js';
import { type Id, ReadTags } from '../tags.js';
import type { ModelParts } from '../tracker.js';

export interface NotedReadsParts {
  readonly reads: Pick<ModelParts['reads'], 'read' | 'readUnclear'>;
  readonly lists: Pick<ListColumns, 'of'>;
  readonly options: Pick<ResolvedTrackOptions, 'isTracked' | 'name'>;
}

/** Statements may name any number of tables, such as temporary ones. */
const KEPT_MODELS = 1_000;

/** Gives the page being rendered the tags of what it read of the models of one tracker. */
export class NotedReads {
  readonly #parts: NotedReadsParts;
  readonly #report: (error: unknown) => void;
  /** The tags by the name of a model in tags. */
  readonly #tags = new LRUCache<string, ReadTags>({ max: KEPT_MODELS });

  /** `report` gets errors, which must not reach the query in which they occur. */
  constructor(parts: NotedReadsParts, report: (error: unknown) => void) {
    this.#parts = parts;
    this.#report = report;
  }

  /** Notes a row by its key or, without a key, a selection of rows. */
  note(entity: string, id?: Id): void {
    this.#note(entity, (tags) => (id === undefined ? tags.selection : tags.row(id)));
  }

  /** Notes that a row is missing that was looked up by its key. */
  noteMissing(entity: string): void {
    this.#note(entity, ({ missing }) => missing);
  }

  /** Notes a list. It counts as a selection if changes cannot distinguish lists by this column or these values. */
  noteList(entity: string, list: ListRead): void {
    this.#note(entity, ({ name, selection }) => {
      const isTold = this.#parts.lists.of(name).has(list.column);
      return (isTold ? tagsOfList(name, list) : undefined) ?? selection;
    });
  }

  #note(entity: string, tagsOf: (tags: ReadTags) => readonly string[]): void {
    const { options, reads } = this.#parts;
    try {
      if (!options.isTracked(entity)) return;
      const tags = this.#tagsOf(options.name(entity));
      reads.read(tags.name, ...tagsOf(tags));
    } catch (error) {
      // Without its tag, no change would delete the page.
      reads.readUnclear(`what it read of ${entity} could not be noted`);
      this.#report(error);
    }
  }

  #tagsOf(name: string): ReadTags {
    const known = this.#tags.get(name);
    if (known !== undefined) return known;
    const tags = new ReadTags(name);
    this.#tags.set(name, tags);
    return tags;
  }
}
