import { randomBytes } from 'node:crypto';
import { Store } from 'express-session';
import { EntitySchema, LessThanOrEqual, MoreThan } from 'typeorm';

/** @import { DataSource, Repository } from 'typeorm' */
/** @import { SessionData } from 'express-session' */

class Session {
  id = '';
  data = ''; // JSON
  expiresAt = 0; // milliseconds since 1970
}

class Secret {
  name = '';
  value = '';
}

export const SessionSchema = new EntitySchema({
  name: 'Session',
  target: Session,
  tableName: 'sessions',
  columns: {
    id: { type: 'text', primary: true },
    data: { type: 'text' },
    expiresAt: { name: 'expires_at', type: 'integer' },
  },
});

export const SecretSchema = new EntitySchema({
  name: 'Secret',
  target: Secret,
  tableName: 'secrets',
  columns: { name: { type: 'text', primary: true }, value: { type: 'text' } },
});

/** Keeps sessions in the database, so that they survive a restart and every process of the site finds them. */
export class DatabaseSessions extends Store {
  /** @type {Repository<Session>} */
  #sessions;

  /** @param {DataSource} database */
  constructor(database) {
    super();
    this.#sessions = database.getRepository(Session);
  }

  /**
   * @override
   * @param {string} id
   * @param {(error: unknown, session?: SessionData | null) => void} callback
   */
  get(id, callback) {
    answer(callback, async () => {
      const session = await this.#sessions.findOneBy({ id, expiresAt: MoreThan(Date.now()) });
      return session === null ? null : JSON.parse(session.data);
    });
  }

  /**
   * @override
   * @param {string} id
   * @param {SessionData} session
   * @param {(error?: unknown) => void} [callback]
   */
  set(id, session, callback) {
    answer(callback, async () => {
      await this.#sessions.delete({ expiresAt: LessThanOrEqual(Date.now()) });
      const expiresAt = session.cookie.expires?.getTime() ?? 0;
      await this.#sessions.upsert({ id, data: JSON.stringify(session), expiresAt }, ['id']);
    });
  }

  /**
   * @override
   * @param {string} id
   * @param {(error?: unknown) => void} [callback]
   */
  destroy(id, callback) {
    answer(callback, async () => void (await this.#sessions.delete({ id })));
  }
}

/**
 * Returns the secret that signs cookies. It is created once, and every process uses the same one.
 *
 * @param {DataSource} database
 * @param {'session' | 'form'} name
 */
export async function readSecret(database, name) {
  const secrets = database.getRepository(Secret);
  const fresh = { name, value: randomBytes(32).toString('base64url') };
  await secrets.createQueryBuilder().insert().values(fresh).orIgnore().execute();
  return (await secrets.findOneByOrFail({ name })).value;
}

/**
 * Calls the callback of express-session with the result. Not inside the promise, so that errors of the callback are not
 * caught here.
 *
 * @template Result
 * @param {((error: unknown, result?: Result) => void) | undefined} callback
 * @param {() => Promise<Result>} work
 */
function answer(callback, work) {
  work().then(
    (result) => setImmediate(() => callback?.(null, result)),
    (error) => setImmediate(() => callback?.(error)),
  );
}
