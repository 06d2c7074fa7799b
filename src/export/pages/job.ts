import type { FileKind } from '../folder/manifest.js';
import type { ResolvedVariant } from '../options.js';

/** One file to export. */
export interface Job {
  /** The path of its request, including the prefix of its variant. */
  readonly path: string;
  readonly kind: Extract<FileKind, 'page' | 'not-found'> | 'optional';
  readonly variant: ResolvedVariant | undefined;
  /** Its file, if its route names one. */
  readonly file: string | undefined;
  readonly statuses: readonly number[];
  /** The route that it belongs to. */
  readonly route: string | undefined;
  /** The page with a link to it, if it was found by a link. */
  readonly linkedFrom: string | undefined;
}

/** Returns the key by which a page of the earlier export is found again: its path and its variant. */
export function keyOf(path: string, variant: string | undefined): string {
  return JSON.stringify([variant ?? '', path]);
}

/** A page answered in a way that cannot be exported. */
export class AnswerProblem extends Error {
  readonly status: number;
  readonly thrown: unknown;

  constructor(message: string, status: number, thrown?: unknown) {
    super(message);
    this.status = status;
    this.thrown = thrown;
  }
}
