/** Statements that the database carries out although their caller has given up. */
import pg from 'pg';
import { DataTypes, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { StaticGenerator } from '../../src/static-generator.js';
import { trackSequelize } from '../../src/track/sequelize/index.js';
import { trackTypeOrm } from '../../src/track/typeorm/index.js';
import {
  installedPostgres,
  type PostgresAddress,
  queryOnce,
  usePostgres,
} from '../helpers/databases/postgres.js';
import { startSite } from '../helpers/site/site.js';

interface Posts {
  title(): Promise<string>;
  /** Gives up after a second. */
  save(title: string): Promise<unknown>;
}

const Post = new EntitySchema<{ id: number; title: string }>({
  name: 'Post',
  tableName: 'posts',
  columns: { id: { type: 'int', primary: true }, title: { type: 'text' } },
});
const GIVES_UP = { query_timeout: 1_000 };

async function typeOrm(address: PostgresAddress, pages: StaticGenerator): Promise<Posts> {
  const { user: username, ...others } = address;
  const own = { type: 'postgres', username, ...others, extra: GIVES_UP } as const;
  const dataSource = await new DataSource({ ...own, entities: [Post] }).initialize();
  // A connection of its own. Otherwise the page could get the same one from the pool, and wait for the save.
  const runner = dataSource.createQueryRunner();
  onTestFinished(async () => {
    await runner.release();
    await dataSource.destroy();
  });
  trackTypeOrm(dataSource, pages);
  const posts = dataSource.getRepository(Post);
  return {
    title: async () => (await posts.findOneByOrFail({ id: 1 })).title,
    save: (title) => runner.manager.update(Post, { id: 1 }, { title }),
  };
}

async function sequelize(address: PostgresAddress, pages: StaticGenerator): Promise<Posts> {
  const { host, port, user: username, database } = address;
  const common = { dialect: 'postgres', dialectModule: pg, logging: false } as const;
  const orm = new Sequelize({ ...common, host, port, username, database, dialectOptions: GIVES_UP });
  onTestFinished(() => orm.close());
  const Model = orm.define('Post', { title: DataTypes.TEXT }, { tableName: 'posts', timestamps: false });
  trackSequelize(orm, pages);
  return {
    title: async () => String((await Model.findByPk(1))?.get('title')),
    save: (title) => Model.update({ title }, { where: { id: 1 } }),
  };
}

describe.skipIf(installedPostgres === undefined)('on PostgreSQL', () => {
  const postgres = usePostgres();

  test.each([
    ['TypeORM', typeOrm],
    ['Sequelize', sequelize],
  ])('%s: what is carried out after its caller has given up leaves no stale page', async (_name, open) => {
    const address = await postgres.createDatabase();
    await queryOnce(address, `create table posts (id integer primary key, title text not null)`);
    await queryOnce(address, `insert into posts values (1, 'old')`);
    let posts: Posts | undefined;
    const site = await startSite((app) => {
      app.get('/post', async (_request, response) => void response.send(await posts?.title()));
    });
    posts = await open(address, site.pages);
    const other = new pg.Client(address);
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('begin; select title from posts where id = 1 for update');
    await expect(posts.save('late')).rejects.toThrow('timeout');
    // A deletion during the render voids it, and there is one a second after the save. So the page is requested until
    // it is stored.
    await vi.waitFor(
      async () => expect(await site.visit('/post')).toMatchObject({ outcome: 'stored', body: 'old' }),
      { timeout: 30_000 },
    );
    const from = site.logger.lines.length;
    await other.query('commit');
    const isDeletion = ({ message }: { readonly message: string }) => message === 'pages deleted';
    let seen = site.logger.lines.indexOf(await site.logger.waitFor(isDeletion, from));
    while ((await site.request('/post')).body !== 'late')
      seen = site.logger.lines.indexOf(await site.logger.waitFor(isDeletion, seen + 1));
  });
});
