import type { Selector } from '../../page/selector.js';
import type { RemovedPage } from '../removals.js';

/** Where a list goes on: behind this page. */
export interface Position {
  /** The path without a slash at its end. */
  readonly name: string;
  readonly id: number;
}

/** A stored page in a list. */
export interface BrowsedPage extends Position {
  readonly host: string;
  readonly path: string;
  readonly file: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
  readonly servedBy: 'nginx' | 'node';
  /** The type that Node sends it with; undefined: nginx goes by the file's name. */
  readonly contentType: string | undefined;
  /** Whether it has the tag that was asked for. */
  readonly isTagged: boolean;
}

/** Looks through many pages a few at a time, so that nobody has to wait. */
export interface PageBrowser {
  /** The next pages behind a position, by path; at most `limit`, so that one call is short. */
  slice(after: Position, limit: number, tag?: string): readonly BrowsedPage[];
  tagsOf(page: Position): readonly string[];
  /** What a deletion of these would find now. A step without a page is a chance to pause. */
  matching(selectors: readonly Selector[]): Iterable<RemovedPage | undefined>;
}

/** What all processes of a site share and nobody else knows. */
export interface SecretKeeper {
  /** The secret of a name; made when it is asked for first. */
  secret(name: string): Promise<string>;
}
