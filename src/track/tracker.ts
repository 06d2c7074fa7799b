import type { Intents } from '../change/intents.js';
import type { Target } from '../change/targets/target.js';
import type { Lease, Unseen } from '../ledger/ledger.js';
import type { Logger } from '../log.js';
import type { Selector } from '../page/selector.js';
import type { Change } from './change.js';
import type { DeletionQueueParts } from './deletion-queue.js';
import type { ListRead } from './list-tags.js';
import type { TrackOptions } from './options.js';
import type { Id } from './tags.js';

/**
 * What an adapter of an ORM reports: what pages read, and what has changed. Models have the names that the ORM gives
 * them. No method throws or rejects, because they are called within the queries and transactions of others.
 */
export interface Tracker {
  /** Whether reads count now. If not, an adapter need not find out what is read. */
  isReading(): boolean;
  /** The page being rendered read a row by its key or, without a key, a selection of rows. */
  read(entity: string, id?: Id): void;
  /** The page being rendered looked for a row by its key, and the row is missing, or may be. */
  readMissing(entity: string): void;
  /** The page being rendered read the rows that have one of some values in a column, and no others. */
  readList(entity: string, list: ListRead): void;
  /** The page being rendered read unknown data, so it is not stored. Logs the reason, once. */
  readAnything(reason: string): void;
  /** A transaction is about to begin. While it is open, it may show rows as they are now. */
  begins(transaction: object): void;
  /** The page being rendered reads within a transaction. Without {@link begins}, the data counts as current. */
  readsWithin(transaction: object): void;
  /** Runs a function whose reads do not count. */
  untracked<T>(work: () => T): T;
  /** Reports committed changes. Resolves when the pages that read the changed data are deleted. */
  changed(changes: Change | readonly Change[]): Promise<void>;
  /** Adds changes of a transaction that is not committed. Returns true for the first: then its end must be reported. */
  defer(transaction: object, changes: Change | readonly Change[]): boolean;
  /** A transaction may have changed anything before its commit. Logs the reason, once; returns what `defer` returns. */
  deferAnything(transaction: object, reason: string): boolean;
  /**
   * The transaction is about to be committed: notes what it makes out of date, so that this is deleted even if the
   * process ends before {@link commit}. Returns a promise if the commit must not be sent before it resolves.
   */
  intend(transaction: object): Promise<void> | undefined;
  /** As {@link intend}, but done when it returns: it blocks the thread while another process writes to the ledger. */
  intendNow(transaction: object): void;
  /** Moves the intents of a part of a transaction to the whole transaction. */
  adopt(transaction: object, part: object): void;
  /** The transaction is committed: deletes the pages of its changes in one deletion. */
  commit(transaction: object): Promise<void>;
  /**
   * What the transaction has changed so far may be committed: deletes its pages, and remembers the changes until the
   * transaction ends. What was noted with {@link intend} stays noted.
   */
  flush(transaction: object): Promise<void>;
  /**
   * The answer to its commit is lost: it may be committed now, later, or never. Deletes the pages of its changes now,
   * again later, and when this connection reports its end.
   */
  lost(transaction: object, connection?: LostConnection): Promise<void>;
  /** The transaction was rolled back. */
  forget(transaction: object): void;
  /** Any row of any model may have changed. Used when changes may have been missed. */
  changedAnything(reason: string): Promise<void>;
  /** Lets quickDelete and quickPublish take the classes of the ORM's models. */
  provideModels(models: ModelSource): void;
  /** Provides what the database reads and changes by itself. */
  provideRelated(related: Related): void;
  /** Records what an adapter cannot see in a database, for the command `doctor`. */
  cannotSee(unseen: Unseen): void;
  /** Reports an error of the adapter itself. */
  report(error: unknown): void;
  /** The site's logger, for further messages of an adapter. */
  readonly logger: Logger;
  /** Forgets models and transactions. From now on, nothing counts. */
  detach(): void;
}

/** A connection that may still carry out what it was sent, though no one waits for the answer. */
export interface LostConnection {
  once?(event: 'drain' | 'end', listener: () => void): unknown;
}

/** The models whose rows may be read or changed along with a read or a change: it is not known which rows. */
export interface Along {
  readonly entities: readonly string[];
  /** Why any other model may be affected too; `undefined` if none is. */
  readonly unclear?: string;
}

/** What a database reads and changes by itself: by foreign keys, views, triggers and inheritance. */
export interface Related {
  changedWith(change: Change): Along;
  readWith(entity: string): Along;
}

/** The part of a site's object that adapters use. */
export interface TrackablePages {
  track(options?: TrackOptions): Tracker;
}

/** The records of the model classes of an ORM. */
export interface ModelSource {
  /** Returns the name of a model by its class; `undefined` if it is no model of this ORM. */
  nameOf(model: object): string | undefined;
  /** Returns the names of all models, if they are known. */
  names?(): readonly string[];
  /** Returns all records of a model. */
  records(model: object): AsyncIterable<unknown>;
}

/** What trackers need; all trackers of a site share it. */
export interface ModelParts {
  /** The reads of the render to which the calling code belongs. */
  readonly reads: {
    /** Prepares for reads: from now on, the reads of each render are kept apart. */
    follow(): void;
    isTracking(): boolean;
    read(model: string, ...tags: readonly string[]): void;
    readUnclear(reason: string): void;
    readSince(lease: Lease): void;
    untracked<T>(work: () => T): T;
    /** Notes what has been made out of date. Returns whether a render did it. */
    changed(selectors: readonly Selector[]): boolean;
  };
  /** Returns the lease of a render that would begin now. Throws if that is not known. */
  readonly lease: () => Lease;
  readonly resolve: (targets: readonly Target[]) => Promise<readonly Selector[]>;
  readonly invalidate: DeletionQueueParts['invalidate'];
  readonly intents: Pick<Intents, 'intend' | 'intendNow' | 'settle' | 'deleteNowAndLater'>;
  readonly noteUnseen: (unseen: Unseen) => void;
  /** Called for each statement that was not understood: what a page read with it, or what it changed. */
  readonly onUnclear?: (kind: 'read' | 'change') => void;
  readonly logger: Logger;
  readonly isClosed: () => boolean;
}
