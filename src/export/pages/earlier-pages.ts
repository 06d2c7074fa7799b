import { decodedPath, inFolder } from '../files/layout.js';
import type { FileRecord } from '../folder/manifest.js';
import type { IsOutdated } from '../log-changes.js';
import { type Job, keyOf } from './job.js';

/** The pages of an earlier export, and what decides whether they may be used again. */
export interface ReusablePages {
  readonly files: ReadonlyMap<string, FileRecord>;
  readonly isOutdated: IsOutdated;
  readonly isIntact: (file: string, record: FileRecord) => boolean;
}

/** A page of an earlier export that need not be rendered again. */
export type EarlierPage = readonly [file: string, record: FileRecord];

/** Finds the pages of an earlier export that are still right. */
export class EarlierPages {
  readonly #reuse: ReusablePages | undefined;
  readonly #folder: string;
  readonly #byKey: ReadonlyMap<string, EarlierPage>;

  /** `folder`: that of the host, which selectors may name. */
  constructor(reuse: ReusablePages | undefined, folder: string) {
    this.#reuse = reuse;
    this.#folder = folder;
    this.#byKey = new Map(
      [...(reuse?.files ?? [])].flatMap(([file, record]) =>
        record.render === undefined || record.isLeft === true
          ? []
          : [[keyOf(record.render.path, record.render.variant), [file, record] as const] as const],
      ),
    );
  }

  /** Returns the page of a job, if it is still right. `crawls`: its links must be known. */
  find(job: Job, { crawls }: { readonly crawls: boolean }): EarlierPage | undefined {
    if (this.#byKey.size === 0) return undefined;
    const earlier = this.#byKey.get(keyOf(job.path, job.variant?.name));
    if (earlier === undefined || (crawls && earlier[1].render?.links === undefined)) return undefined;
    return this.#isRight(job, ...earlier) ? earlier : undefined;
  }

  #isRight(job: Job, file: string, { render, ...record }: FileRecord): boolean {
    const reuse = this.#reuse;
    if (reuse === undefined || render === undefined) return false;
    if (job.file !== undefined && inFolder(job.file, job.variant) !== file) return false;
    if (record.kind !== 'redirect' && !job.statuses.includes(render.status)) return false;
    if (render.expiresAt !== undefined && render.expiresAt <= Date.now()) return false;
    const page = { path: job.path, decoded: decodedPath(job.path), tags: new Set(render.tags) };
    return !reuse.isOutdated({ ...page, host: this.#folder }) && reuse.isIntact(file, record);
  }
}
