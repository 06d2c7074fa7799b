import type { Selector } from '../../page/selector.js';
import type { RemovedPage } from '../removals.js';

/** The position at which a list continues: after this page. */
export interface Position {
  /** The path without its trailing slash. */
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
  /** The type with which Node sends it; `undefined` if nginx derives the type from the file's name. */
  readonly contentType: string | undefined;
  /** Whether it has the tag that was asked for. */
  readonly isTagged: boolean;
}

/** Reads many pages, a few at a time, so that requests do not have to wait. */
export interface PageBrowser {
  /** Returns the next pages after a position, by path: at most `limit`, so that one call is short. */
  slice(after: Position, limit: number, tag?: string): readonly BrowsedPage[];
  tagsOf(page: Position): readonly string[];
  /** Yields the pages that a deletion of these selectors would find now. A step without a page is a chance to pause. */
  matching(selectors: readonly Selector[]): Iterable<RemovedPage | undefined>;
}

/** Keeps secrets that all processes of a site share and that are known nowhere else. */
export interface SecretKeeper {
  /** Returns the secret with this name. It is made when it is first requested. */
  secret(name: string): Promise<string>;
}
