import { randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** @import { Database } from 'better-sqlite3' */
/** @typedef {ReturnType<typeof openUsers>} Users */

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const derive = /** @type {(password: string, salt: Buffer, bytes: number) => Promise<Buffer>} */ (
  promisify(scrypt)
);

/** Who may edit, for everybody to try; the login page tells. */
export const DEMO_USERS = ['ada', 'grace'];
export const DEMO_PASSWORD = 'correct horse';

/**
 * Those who may sign in. Passwords are kept as salt and scrypt key.
 *
 * @param {Database} database
 */
export function openUsers(database) {
  const select = database.prepare('SELECT password FROM users WHERE name = ?').pluck();
  const insert = database.prepare('INSERT OR IGNORE INTO users (name, password) VALUES (?, ?)');
  // An unknown name costs as much time as a wrong password, so that nobody learns names by the clock.
  const nobody = join(randomBytes(SALT_BYTES), randomBytes(KEY_BYTES));

  return {
    /**
     * @param {string} name
     * @param {string} password
     */
    async isRight(name, password) {
      const known = select.get(name);
      const [salt, key] = split(typeof known === 'string' ? known : nobody);
      const isSame = timingSafeEqual(await derive(password, salt, KEY_BYTES), key);
      return isSame && known !== undefined;
    },

    addDemoUsers() {
      for (const name of DEMO_USERS)
        if (select.get(name) === undefined) insert.run(name, hash(DEMO_PASSWORD));
    },
  };
}

/** @param {string} password */
function hash(password) {
  const salt = randomBytes(SALT_BYTES);
  return join(salt, scryptSync(password, salt, KEY_BYTES));
}

/**
 * @param {Buffer} salt
 * @param {Buffer} key
 */
function join(salt, key) {
  return `${salt.toString('hex')}:${key.toString('hex')}`;
}

/**
 * @param {string} hashed
 * @returns {[salt: Buffer, key: Buffer]}
 */
function split(hashed) {
  const [salt = '', key = ''] = hashed.split(':');
  return [Buffer.from(salt, 'hex'), Buffer.from(key, 'hex')];
}
