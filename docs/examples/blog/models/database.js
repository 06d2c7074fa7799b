import { DataSource } from 'typeorm';
import { CommentSchema } from './comments.js';
import { MessageSchema } from './messages.js';
import { PostSchema } from './posts.js';
import { SecretSchema, SessionSchema } from './sessions.js';
import { prepareTables } from './tables.js';
import { UserSchema } from './users.js';

/**
 * Opens the database, making the file and its tables where there are none.
 *
 * @param {string} path
 */
export async function openDatabase(path) {
  return await new DataSource({
    type: 'better-sqlite3',
    database: path,
    entities: [PostSchema, CommentSchema, MessageSchema, UserSchema, SessionSchema, SecretSchema],
    enableWAL: true, // readers go on while another process writes
    prepareDatabase: prepareTables,
  }).initialize();
}
