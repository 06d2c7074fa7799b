import { DataSource } from 'typeorm';
import { CommentSchema } from './comments.js';
import { MessageSchema } from './messages.js';
import { PostSchema } from './posts.js';
import { SecretSchema, SessionSchema } from './sessions.js';
import { prepareTables } from './tables.js';
import { UserSchema } from './users.js';

/**
 * Opens the database. Creates the file and its tables if they do not exist.
 *
 * @param {string} path
 */
export async function openDatabase(path) {
  return await new DataSource({
    type: 'better-sqlite3',
    database: path,
    entities: [PostSchema, CommentSchema, MessageSchema, UserSchema, SessionSchema, SecretSchema],
    enableWAL: true, // readers need not wait while another process writes
    prepareDatabase: prepareTables,
  }).initialize();
}
