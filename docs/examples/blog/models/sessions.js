import { randomBytes } from 'node:crypto';
import { Store } from 'express-session';

/** @import { Database } from 'better-sqlite3' */
/** @import { SessionData } from 'express-session' */

/** Sessions in the database: they outlive a restart, and every process of the site knows them. */
export class SqliteSessions extends Store {
  #select;
  #write;
  #delete;
  #deleteOld;

  /** @param {Database} database */
  constructor(database) {
    super();
    this.#select = database.prepare('SELECT data FROM sessions WHERE id = ? AND expires_at > ?').pluck();
    this.#write = database.prepare('INSERT OR REPLACE INTO sessions (id, data, expires_at) VALUES (?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM sessions WHERE id = ?');
    this.#deleteOld = database.prepare('DELETE FROM sessions WHERE expires_at <= ?');
  }

  /**
   * @override
   * @param {string} id
   * @param {(error: unknown, session?: SessionData | null) => void} callback
   */
  get(id, callback) {
    answer(callback, () => {
      const data = this.#select.get(id, Date.now());
      return typeof data === 'string' ? JSON.parse(data) : null;
    });
  }

  /**
   * @override
   * @param {string} id
   * @param {SessionData} session
   * @param {(error?: unknown) => void} [callback]
   */
  set(id, session, callback) {
    answer(callback, () => {
      this.#deleteOld.run(Date.now());
      this.#write.run(id, JSON.stringify(session), session.cookie.expires?.getTime() ?? 0);
    });
  }

  /**
   * @override
   * @param {string} id
   * @param {(error?: unknown) => void} [callback]
   */
  destroy(id, callback) {
    answer(callback, () => void this.#delete.run(id));
  }
}

/**
 * What session cookies are signed with: made once, and the same for every process.
 *
 * @param {Database} database
 */
export function sessionSecret(database) {
  const fresh = randomBytes(32).toString('base64url');
  database.prepare(`INSERT OR IGNORE INTO secrets (name, value) VALUES ('session', ?)`).run(fresh);
  return String(database.prepare(`SELECT value FROM secrets WHERE name = 'session'`).pluck().get());
}

/**
 * @template Result
 * @param {((error: unknown, result?: Result) => void) | undefined} callback
 * @param {() => Result} work
 */
function answer(callback, work) {
  let result;
  try {
    result = work();
  } catch (error) {
    return callback?.(error);
  }
  callback?.(null, result);
}
