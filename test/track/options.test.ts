import { join } from 'node:path';
import { inspect } from 'node:util';
import pg from 'pg';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { staticGenerator } from '../../src/static-generator.js';
import { listenPostgres, trackPgPool } from '../../src/track/postgres/index.js';
import { trackPrisma } from '../../src/track/prisma/index.js';
import { trackSequelize } from '../../src/track/sequelize/index.js';
import { trackTypeOrm } from '../../src/track/typeorm/index.js';
import { temporaryFolder } from '../helpers/temporary.js';

const URL_WITH_PASSWORD = 'postgres://blog:hunter2@127.0.0.1:1/blog';
const config = { host: '127.0.0.1', port: 1, user: 'blog', password: 'hunter2', database: 'blog' };
const connections: Readonly<Record<string, () => unknown>> = {
  'an instance of Sequelize': () => new Sequelize(URL_WITH_PASSWORD, { logging: false }),
  'a DataSource': () => new DataSource({ type: 'postgres', url: URL_WITH_PASSWORD }),
  'a pool of pg': () => new pg.Pool(config),
  'a client of pg': () => new pg.Client(config),
  'a configuration': () => config,
  'a URL': () => URL_WITH_PASSWORD,
  'an object of the class URL': () => new URL(URL_WITH_PASSWORD),
};
type Track = (given: unknown, pages: unknown, options: unknown) => unknown;
const adapters: Readonly<Record<string, Track>> = {
  trackSequelize: trackSequelize as Track,
  trackTypeOrm: trackTypeOrm as Track,
  trackPrisma: trackPrisma as Track,
  trackPgPool: trackPgPool as Track,
  listenPostgres: listenPostgres as Track,
};

test.each(Object.keys(adapters).flatMap((name) => Object.keys(connections).map((given) => [name, given])))(
  'no error of %s tells the password of %s, wherever that is given',
  async (name = '', given = '') => {
    const webRoot = join(await temporaryFolder(), 'pages');
    const pages = staticGenerator({ webRoot, urls: [/^\//], logger: false });
    onTestFinished(() => pages.close());
    const connection = connections[given]?.();
    const calls = [
      [connection, connection, connection],
      [pages, connection, {}],
      [{}, pages, connection],
      [undefined, pages, { entities: connection, urls: connection, name: connection, ids: connection }],
    ];
    for (const words of calls) {
      const error = failureOf(() => Reflect.apply(adapters[name] as Track, undefined, words));
      expect(error).toMatchObject({ code: 'ERR_OPTIONS' });
      expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
      expect(JSON.stringify(error)).not.toContain('hunter2');
    }
  },
);

test('no error of quickDelete tells what is in a target', async () => {
  const webRoot = join(await temporaryFolder(), 'pages');
  const pages = staticGenerator({ webRoot, urls: [/^\//], logger: false });
  onTestFinished(() => pages.close());
  for (const target of [config, new pg.Client(config), { ...config, getAbsoluteUrl: () => 42 }]) {
    const error: unknown = await pages.quickDelete(target as never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_BAD_TARGET' });
    expect(inspect(error, { depth: 10 })).not.toContain('hunter2');
  }
});

function failureOf(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
