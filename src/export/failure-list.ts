import { messageOf, StaticGeneratorError } from '../errors.js';
import type { FileRecord } from './files/manifest.js';
import { AnswerProblem, compareFailures, type ExportFailure, type Job, keyOf } from './job.js';

/** What an export could not do. */
export class FailureList {
  readonly all: ExportFailure[] = [];
  readonly #pages = new Set<string>();

  add(failure: ExportFailure): void {
    this.all.push(failure);
  }

  /** Adds a page with what it was rejected with. */
  addPage({ path, route, variant, linkedFrom }: Job, error: unknown): void {
    const cause = error instanceof StaticGeneratorError ? (error.cause ?? error) : error;
    const about = {
      ...(route === undefined ? {} : { route }),
      ...(variant === undefined ? {} : { variant: variant.name }),
      ...(linkedFrom === undefined ? {} : { linkedFrom }),
    };
    this.#pages.add(keyOf(path, variant?.name));
    if (!(cause instanceof AnswerProblem))
      this.add({ path, message: messageOf(cause), ...about, error: cause });
    else {
      const { status, thrown, message } = cause;
      this.add({ path, message, ...about, status, ...(thrown === undefined ? {} : { error: thrown }) });
    }
  }

  /** Whether a page of the earlier export is one that failed now. */
  has({ render }: FileRecord): boolean {
    return render !== undefined && this.#pages.has(keyOf(render.path, render.variant));
  }

  /** By path: what was ready first is chance. */
  sort(): void {
    this.all.sort(compareFailures);
  }
}
