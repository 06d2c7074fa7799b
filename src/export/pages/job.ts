import type { FileKind } from '../folder/manifest.js';
import type { ResolvedVariant } from '../options.js';

/** One file that is to be exported. */
export interface Job {
  /** Of its request, the prefix of its variant included. */
  readonly path: string;
  readonly kind: Extract<FileKind, 'page' | 'not-found'> | 'optional';
  readonly variant: ResolvedVariant | undefined;
  /** Its file, where its route says so. */
  readonly file: string | undefined;
  readonly statuses: readonly number[];
  /** The route that it is of. */
  readonly route: string | undefined;
  /** The page that has a link to it, if that is how it was found. */
  readonly linkedFrom: string | undefined;
}

/** A page of the earlier export is found again by its path and its variant. */
export function keyOf(path: string, variant: string | undefined): string {
  return JSON.stringify([variant ?? '', path]);
}

/** A page answered, and not in a way that can be exported. */
export class AnswerProblem extends Error {
  readonly status: number;
  readonly thrown: unknown;

  constructor(message: string, status: number, thrown?: unknown) {
    super(message);
    this.status = status;
    this.thrown = thrown;
  }
}
