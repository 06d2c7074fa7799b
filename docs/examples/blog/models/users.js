import { randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { EntitySchema } from 'typeorm';

/** @import { DataSource } from 'typeorm' */
/** @typedef {ReturnType<typeof openUsers>} Users */

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const derive = /** @type {(password: string, salt: Buffer, bytes: number) => Promise<Buffer>} */ (
  promisify(scrypt)
);

/** The users who may edit, so that everybody can try it. The login page shows the names and the password. */
export const DEMO_USERS = ['ada', 'grace'];
export const DEMO_PASSWORD = 'correct horse';

/** A user who may sign in. */
export class User {
  name = '';
  password = ''; // salt and scrypt key
}

export const UserSchema = new EntitySchema({
  name: 'User',
  target: User,
  tableName: 'users',
  columns: { name: { type: 'text', primary: true }, password: { type: 'text' } },
});

/** @param {DataSource} database */
export function openUsers(database) {
  const users = database.getRepository(User);
  // An unknown name takes as long to check as a wrong password, so that response times do not reveal which names exist.
  const nobody = join(randomBytes(SALT_BYTES), randomBytes(KEY_BYTES));

  return {
    /**
     * @param {string} name
     * @param {string} password
     */
    async isRight(name, password) {
      const known = await users.findOneBy({ name });
      const [salt, key] = split(known?.password ?? nobody);
      const isSame = timingSafeEqual(await derive(password, salt, KEY_BYTES), key);
      return isSame && known !== null;
    },

    async addDemoUsers() {
      for (const name of DEMO_USERS) {
        if (await users.existsBy({ name })) continue;
        await users
          .createQueryBuilder()
          .insert()
          .values({ name, password: hash(DEMO_PASSWORD) })
          .orIgnore()
          .execute();
      }
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
