import { type ListColumns, type ListRead, tagsOfList } from '../list-tags.js';
import { anyTag, type Id, missingTag, tagsOfRead } from '../tags.js';
import type { ResolvedTrackOptions } from '../track-options.js';
import type { ModelParts } from '../tracker.js';

export interface NotedReadsParts {
  readonly reads: Pick<ModelParts['reads'], 'read' | 'readUnclear'>;
  readonly lists: Pick<ListColumns, 'of'>;
  readonly options: Pick<ResolvedTrackOptions, 'isTracked' | 'name'>;
}

/** Gives the page being rendered the tags of what it has read of the models of one tracker. */
export class NotedReads {
  readonly #parts: NotedReadsParts;
  readonly #report: (error: unknown) => void;

  /** `report` is told of errors, which must not reach the query that they occur in. */
  constructor(parts: NotedReadsParts, report: (error: unknown) => void) {
    this.#parts = parts;
    this.#report = report;
  }

  /** A row by its key or, without one, a selection of rows. */
  note(entity: string, id?: Id): void {
    this.#note(entity, (name) => tagsOfRead(name, id));
  }

  /** A row by its key that is missing. */
  noteMissing(entity: string): void {
    this.#note(entity, (name) => [anyTag(name), missingTag(name)]);
  }

  /** A list; a selection, if changes do not tell lists by this column or these values apart. */
  noteList(entity: string, list: ListRead): void {
    const isTold = (name: string) => this.#parts.lists.of(name).has(list.column);
    this.#note(entity, (name) => (isTold(name) ? tagsOfList(name, list) : undefined) ?? tagsOfRead(name));
  }

  #note(entity: string, tagsFor: (name: string) => readonly string[]): void {
    const { options, reads } = this.#parts;
    try {
      if (!options.isTracked(entity)) return;
      const name = options.name(entity);
      reads.read(name, ...tagsFor(name));
    } catch (error) {
      // A page without the tag would never be found out of date.
      reads.readUnclear(`what it read of ${entity} could not be noted`);
      this.#report(error);
    }
  }
}
