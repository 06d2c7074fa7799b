/** What adapters cannot see in a database, for people: no decision depends on it. */
export interface Unseen {
  /** What the database calls itself: `blog (PostgreSQL)`. */
  readonly database: string;
  readonly found: readonly UnseenThing[];
}

export interface UnseenThing {
  /**
   * A function, procedure or event that writes; a table that changes with others, and has no trigger of ours, as they have; a table
   * without a primary key; a materialized view; a table of another server.
   */
  readonly kind: 'function' | 'event' | 'untold' | 'keyless' | 'materialized' | 'foreign';
  readonly name: string;
  /** The tables that it writes, if any. */
  readonly tables: readonly string[];
}

/** What was found in a database, and when, in milliseconds. */
export interface NotedUnseen extends Unseen {
  readonly at: number;
}

export interface UnseenReader {
  /** Of each database that adapters have looked at, by its name. */
  unseen(): readonly NotedUnseen[];
}

export interface UnseenLog extends UnseenReader {
  /** In place of what was noted of this database before. */
  noteUnseen(unseen: Unseen): Promise<void>;
}
