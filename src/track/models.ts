import type { FindRecords } from '../change/targets/target.js';
import { FaultLog } from '../log.js';
import { DeletionQueue } from './deletion-queue.js';
import { ListColumns } from './list-tags.js';
import { ModelTracker } from './model-tracker.js';
import { resolveTrackOptions, type TrackOptions } from './options.js';
import type { ModelParts, Tracker } from './tracker.js';

/** The models of a site: all trackers, and what they share. */
export class Models {
  readonly #parts: ModelParts;
  readonly #queue: DeletionQueue;
  readonly #finders = new Set<FindRecords>();
  readonly #lists = new ListColumns();

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.#queue = new DeletionQueue({ ...parts, faults: new FaultLog(parts.logger) });
  }

  /** Returns a tracker for one adapter. Throws `ERR_OPTIONS`. */
  track(given: TrackOptions = {}): Tracker {
    const options = resolveTrackOptions(given);
    this.#parts.reads.follow();
    for (const [entity, columns] of Object.entries(options.lists))
      this.#lists.add(options.name(entity), columns);
    const shared = { queue: this.#queue, finders: this.#finders, lists: this.#lists };
    return new ModelTracker({ ...this.#parts, ...shared, options });
  }

  /** Returns the records of a model class that an adapter knows; `undefined` if no adapter knows it. */
  readonly recordsOf: FindRecords = (model) => {
    for (const find of this.#finders) {
      const records = find(model);
      if (records !== undefined) return records;
    }
    return undefined;
  };

  /** Stops the retries. */
  close(): void {
    this.#queue.close();
  }
}
