/** What adapters cannot see in a database, for people: no decision depends on it. */
export interface Unseen {
  /** The name by which the database calls itself: `blog (PostgreSQL)`. */
  readonly database: string;
  readonly found: readonly UnseenThing[];
}

export interface UnseenThing {
  /**
   * A function, procedure or event that writes; a table that changes along with others that have our triggers, but has
   * none itself; a table without a primary key; a materialized view; a table of another server.
   */
  readonly kind: 'function' | 'event' | 'untold' | 'keyless' | 'materialized' | 'foreign';
  readonly name: string;
  /** The tables that it writes, or along with which it changes, if any. */
  readonly tables: readonly string[];
}

/** What was found in a database, and when, in milliseconds since 1970. */
export interface NotedUnseen extends Unseen {
  readonly at: number;
}

export interface UnseenReader {
  /** Returns what was found in each database that adapters have inspected, ordered by its name. */
  unseen(): readonly NotedUnseen[];
}

export interface UnseenLog extends UnseenReader {
  /** Records what was found, in place of what was noted of this database before. */
  noteUnseen(unseen: Unseen): Promise<void>;
}
