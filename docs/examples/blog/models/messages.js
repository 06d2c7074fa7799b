/** @import { Database } from 'better-sqlite3' */
/** @typedef {ReturnType<typeof openMailbox>} Mailbox */

/**
 * @typedef {object} Message
 * @property {string} sender
 * @property {string} body
 * @property {string} createdAt
 */

/**
 * What visitors write by the contact form. No page shows it, so there is no hook.
 *
 * @param {Database} database
 */
export function openMailbox(database) {
  const insert = database.prepare(
    'INSERT INTO messages (sender, body, created_at) VALUES (@sender, @body, @createdAt)',
  );
  const selectLatest = database.prepare(
    'SELECT sender, body, created_at AS createdAt FROM messages ORDER BY id DESC LIMIT ?',
  );
  return {
    /** @param {Pick<Message, 'sender' | 'body'>} message */
    add: ({ sender, body }) => void insert.run({ sender, body, createdAt: new Date().toISOString() }),
    /** @param {number} limit */
    latest: (limit) => /** @type {Message[]} */ (selectLatest.all(limit)),
  };
}
