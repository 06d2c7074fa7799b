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
 * What an adapter of an ORM tells: what pages read, and what has changed. Models are named as the ORM names them.
 * Nothing here throws or rejects, since it is called within the queries and transactions of others.
 */
export interface Tracker {
  /** Whether what is read now counts; if not, an adapter need not look what it is. */
  isReading(): boolean;
  /** The page being rendered has read a row by its key or, without one, a selection of rows. */
  read(entity: string, id?: Id): void;
  /** The page being rendered would have read a row by its key that is missing, or may be. */
  readMissing(entity: string): void;
  /** The page being rendered has read rows that have one of some values in a column, and no others. */
  readList(entity: string, list: ListRead): void;
  /** The page being rendered has read what is not known, so it is not stored. Logs the reason, once. */
  readAnything(reason: string): void;
  /** A transaction is about to begin. It may show rows as they are now for as long as it is open. */
  begins(transaction: object): void;
  /** What the page being rendered reads now, it reads within a transaction; one of which {@link begins} was not told has no age. */
  readsWithin(transaction: object): void;
  /** Runs a function whose reads do not count. */
  untracked<T>(work: () => T): T;
  /** Changes that have been committed. Resolves when the pages that read what has changed are deleted. */
  changed(changes: Change | readonly Change[]): Promise<void>;
  /** Changes of a transaction that has not been committed. True for its first: then see to it that its end is told. */
  defer(transaction: object, changes: Change | readonly Change[]): boolean;
  /** A transaction that has not been committed may have changed anything. Logs the reason, once; true as `defer` is. */
  deferAnything(transaction: object, reason: string): boolean;
  /**
   * The transaction is about to be committed: what it makes out of date is noted, so that it is deleted even if this process
   * ends before {@link commit}. A promise if that has to be waited for before the commit is sent.
   */
  intend(transaction: object): Promise<void> | undefined;
  /** As {@link intend}, before it returns: it stops the thread for as long as another process writes to the ledger. */
  intendNow(transaction: object): void;
  /** What was noted with {@link intend} of a part of a transaction is of the whole from now on. */
  adopt(transaction: object, part: object): void;
  /** The transaction has been committed: its changes, in one deletion. */
  commit(transaction: object): Promise<void>;
  /**
   * What the transaction has changed so far may have been committed: deletes it, and remembers it until its end. What was noted
   * with {@link intend} stays noted.
   */
  flush(transaction: object): Promise<void>;
  /**
   * The answer to its commit is lost: it may be committed now, or never, or later. Its changes are deleted now, and again
   * later, and when this connection tells of its end.
   */
  lost(transaction: object, connection?: LostConnection): Promise<void>;
  /** The transaction has been rolled back. */
  forget(transaction: object): void;
  /** Any row of any model may have changed: what must be assumed when changes have been missed. */
  changedAnything(reason: string): Promise<void>;
  /** Has quickDelete and quickPublish know the classes of the ORM's models. */
  provideModels(models: ModelSource): void;
  /** Has it follow what the database does by itself. */
  provideRelated(related: Related): void;
  /** What an adapter cannot see in a database, for the command doctor. */
  cannotSee(unseen: Unseen): void;
  /** Tells of an error of the adapter's own. */
  report(error: unknown): void;
  /** The site's logger, for what an adapter has to say beside. */
  readonly logger: Logger;
  /** Forgets models and transactions; from now on nothing counts. */
  detach(): void;
}

/** A connection that carries out what it was sent without anybody waiting for the answer. */
export interface LostConnection {
  once?(event: 'drain' | 'end', listener: () => void): unknown;
}

/** What happens along with a read or a change: to any rows of these models. */
export interface Along {
  readonly entities: readonly string[];
  /** Why it may happen to any other model too; undefined: it does not. */
  readonly unclear?: string;
}

/** What a database changes and reads beside what statements name: by foreign keys, views, triggers and inheritance. */
export interface Related {
  changedWith(change: Change): Along;
  readWith(entity: string): Along;
}

/** The part of a site's object that adapters stand on. */
export interface TrackablePages {
  track(options?: TrackOptions): Tracker;
}

/** The records behind a model class. */
export interface ModelSource {
  /** The name of a model by its class; undefined: it is no model of this ORM. */
  nameOf(model: object): string | undefined;
  /** The names of all models, where they are known. */
  names?(): readonly string[];
  /** All its records. */
  records(model: object): AsyncIterable<unknown>;
}

/** What trackers stand on; one for all trackers of a site. */
export interface ModelParts {
  /** The render that the calling code belongs to. */
  readonly reads: {
    /** There will be reads: renders are to be told apart from now on. */
    follow(): void;
    isTracking(): boolean;
    read(model: string, ...tags: readonly string[]): void;
    readUnclear(reason: string): void;
    readSince(lease: Lease): void;
    untracked<T>(work: () => T): T;
    /** Whether a render has made this out of date. */
    changed(selectors: readonly Selector[]): boolean;
  };
  /** What a render that began now would be told of. Throws if that is not known. */
  readonly lease: () => Lease;
  readonly resolve: (targets: readonly Target[]) => Promise<readonly Selector[]>;
  readonly invalidate: DeletionQueueParts['invalidate'];
  readonly intents: Pick<Intents, 'intend' | 'intendNow' | 'settle' | 'deleteNowAndLater'>;
  readonly noteUnseen: (unseen: Unseen) => void;
  /** Told of each statement that was not understood: what a page read with it, or what it changed. */
  readonly onUnclear?: (kind: 'read' | 'change') => void;
  readonly logger: Logger;
  readonly isClosed: () => boolean;
}
