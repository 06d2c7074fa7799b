// A process that saves a record and may be killed at any of its steps; run with protocol/faults/preload.mjs, driven
// over IPC. The argument names the adapter, its database, and WEB_ROOT. The page /post shows the title of the one post.
import { staticGenerator } from 'staticgenerator';
import { backgroundDone } from './background.mjs';

const { adapter, database, webRoot } = JSON.parse(process.argv[2] ?? '{}');
const faults = globalThis[Symbol.for('staticgenerator.faults')];

// Each statement that is sent and each result that arrives are steps too.

/** Each driver is imported only when it is used, because tests start this process many times. */
async function loadPg() {
  const { default: pg } = await import('pg');
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function marked(...given) {
    const text = typeof given[0] === 'string' ? given[0] : (given[0]?.text ?? '');
    faults.mark(`send ${text}`);
    const at = given.findLastIndex((one) => typeof one === 'function');
    const answered = () => faults.mark(`answer ${text}`);
    if (at !== -1) {
      const callback = given[at];
      given[at] = (...result) => {
        answered();
        callback(...result);
      };
      return Reflect.apply(query, this, given);
    }
    const result = Reflect.apply(query, this, given);
    return typeof result?.then === 'function' ? result.finally(answered) : result;
  };
  return pg;
}

async function loadMysql() {
  const { default: mysql } = await import('mysql2');
  // Everything that mysql2 sends passes this method, which belongs to a base class of the public one.
  const connection = Object.getPrototypeOf(mysql.Connection.prototype);
  const { addCommand } = connection;
  connection.addCommand = function marked(command) {
    const text = command.sql ?? command.statement?.query;
    const { onResult } = command;
    if (typeof text === 'string' && typeof onResult === 'function') {
      faults.mark(`send ${text}`);
      command.onResult = (...given) => {
        faults.mark(`answer ${text}`);
        onResult(...given);
      };
    }
    return Reflect.apply(addCommand, this, [command]);
  };
  return mysql;
}

const READ = 'select title from posts where id = 1';
const update = (title) => `update posts set title = '${title}' where id = 1`;

/** For each adapter: connects, and returns a read, a save by itself, and a save in a transaction. */
const adapters = {
  async pool(pages) {
    const { trackPgPool } = await import('staticgenerator/postgres');
    const pg = await loadPg();
    const pool = new pg.Pool({ ...database, max: 2 });
    trackPgPool(pool, pages, { ids: { posts: 'id' } });
    const work = async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query(update('saved'));
      await client.query('COMMIT');
      client.release();
    };
    return {
      read: async () => (await pool.query(READ)).rows[0].title,
      save: () => pool.query(update('saved')),
      saveWithin: work,
    };
  },
  async mysql(pages) {
    const { trackMysqlPool } = await import('staticgenerator/mysql');
    const mysql = await loadMysql();
    const pool = mysql.createPool({ ...database, connectionLimit: 2 }).promise();
    trackMysqlPool(pool, pages, { ids: { posts: 'id' } });
    return {
      read: async () => (await pool.query(READ))[0][0].title,
      save: () => pool.execute(update('saved')),
      async saveWithin() {
        const connection = await pool.getConnection();
        await connection.beginTransaction();
        await connection.query(update('saved'));
        await connection.commit();
        connection.release();
      },
    };
  },
  async sqlite(pages) {
    const { trackSqlite } = await import('staticgenerator/sqlite');
    const { default: Database } = await import('better-sqlite3');
    const own = new Database(database);
    const tracking = trackSqlite(own, pages, { ids: { posts: 'id' } });
    const run = () => own.prepare(update('saved')).run();
    const saving = (work) => async () => {
      faults.mark('send the save');
      work();
      faults.mark('answer the save');
      await tracking.settled();
    };
    return {
      read: async () => own.prepare(READ).get().title,
      save: saving(run),
      saveWithin: saving(own.transaction(run)),
    };
  },
  async typeorm(pages) {
    const { DataSource, EntitySchema } = await import('typeorm');
    const { trackTypeOrm } = await import('staticgenerator/typeorm');
    const columns = { id: { type: 'int', primary: true }, title: { type: 'text' } };
    const Post = new EntitySchema({ name: 'Post', tableName: 'posts', columns });
    const { user: username, ...others } = database;
    if (typeof database !== 'string') await loadPg();
    const own =
      typeof database === 'string'
        ? { type: 'better-sqlite3', database }
        : { type: 'postgres', username, ...others };
    const dataSource = await new DataSource({ ...own, entities: [Post] }).initialize();
    trackTypeOrm(dataSource, pages);
    const posts = dataSource.getRepository(Post);
    return {
      read: async () => (await posts.findOneByOrFail({ id: 1 })).title,
      save: () => posts.update({ id: 1 }, { title: 'saved' }),
      saveWithin: () => posts.save({ id: 1, title: 'saved' }),
    };
  },
  async sequelize(pages) {
    const { Sequelize, DataTypes } = await import('sequelize');
    const { trackSequelize } = await import('staticgenerator/sequelize');
    const { host, port, user: username, database: name } = database;
    const sequelize = new Sequelize({
      dialect: 'postgres',
      dialectModule: await loadPg(),
      host,
      port,
      username,
      database: name,
      logging: false,
    });
    const Post = sequelize.define(
      'Post',
      { title: DataTypes.TEXT },
      { tableName: 'posts', timestamps: false },
    );
    trackSequelize(sequelize, pages);
    const save = (transaction) => Post.update({ title: 'saved' }, { where: { id: 1 }, transaction });
    return {
      read: async () => (await Post.findByPk(1)).title,
      save: () => save(),
      saveWithin: () => sequelize.transaction(save),
    };
  },
};

const pages = staticGenerator({ webRoot, urls: [/^\//], logger: false });
const { read, save, saveWithin } = await adapters[adapter](pages);
const listener = (request, response) =>
  pages.middleware(request, response, async () => {
    const title = await read();
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(title);
  });
pages.attach(listener);

process.on('message', async ({ at, within }) => {
  const { stored } = await pages.quickPublish('/post');
  await backgroundDone(pages);
  faults.arm({ at, kind: 'SIGKILL' });
  await (within ? saveWithin() : save());
  const { calls } = faults.disarm();
  process.send({ calls, stored: stored.length });
});
process.send({ ready: true });
