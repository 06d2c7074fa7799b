/** Every tracker refuses unknown options with the same message, before it does anything else. */
import { expect, test } from 'vitest';
import { trackMysqlPool } from '../../src/track/mysql/index.js';
import { listenPostgres, trackPgPool } from '../../src/track/postgres/index.js';
import { trackPrisma } from '../../src/track/prisma/index.js';
import { trackSequelize } from '../../src/track/sequelize/index.js';
import { trackSqlite } from '../../src/track/sqlite/index.js';
import { trackTypeOrm } from '../../src/track/typeorm/index.js';
import { FuzzPages } from './fuzz/pairs.js';

const pool = { on: () => undefined, removeListener: () => undefined };
const trackers: Readonly<Record<string, (options: never) => unknown>> = {
  track: (options) => new FuzzPages().track(options),
  trackMysqlPool: (options) => trackMysqlPool(pool, new FuzzPages(), options),
  trackPgPool: (options) => trackPgPool(pool, new FuzzPages(), options),
  trackSqlite: (options) => trackSqlite(pool as never, new FuzzPages(), options),
  trackSequelize: (options) =>
    trackSequelize(
      { addHook: () => undefined, models: {}, getDialect: () => 'sqlite' } as never,
      new FuzzPages(),
      options,
    ),
  trackTypeOrm: (options) =>
    trackTypeOrm({ isInitialized: true, options: { type: 'sqlite' } } as never, new FuzzPages(), options),
  trackPrisma: (options) =>
    trackPrisma(
      {
        _runtimeDataModel: { models: {} },
        _engineConfig: { inlineSchema: '', activeProvider: 'sqlite' },
      } as never,
      new FuzzPages(),
      options,
    ),
  listenPostgres: (options) =>
    listenPostgres(() => Promise.reject(new Error('not asked for')), new FuzzPages(), options),
};
const pools = ['trackMysqlPool', 'trackPgPool', 'trackSqlite'];
const others = ['track', 'trackSequelize', 'trackTypeOrm', 'trackPrisma', ...pools];
const all = [...others, 'listenPostgres'];

const bad: readonly (readonly [string, unknown, readonly string[]])[] = [
  ...[null, 'posts', 5, []].map((options) => ['options', options, all] as const),
  ['nothing', { nothing: 1 }, all],
  ...[null, 5, 'Post', [5]].map((entities) => ['entities', { entities }, all] as const),
  ...[null, 'post', {}].map((name) => ['name', { name }, all] as const),
  ...[null, true].map((ignore) => ['ignore', { ignore }, all] as const),
  ...[null, 'log'].map((onError) => ['onError', { onError }, all] as const),
  ...[null, 5, [], { Post: '/' }, { Post: null }].map((urls) => ['urls', { urls }, others] as const),
  ...[null, 5, ['id'], { Post: 5 }, { Post: null }, { Post: [5] }].flatMap((columns) => [
    ['ids', { ids: columns }, others] as const,
    ['lists', { lists: columns }, others] as const,
    ['uniques', { uniques: columns }, pools] as const,
  ]),
  ...[null, 5, ['Post'], { Post: 'Comment' }, { Post: null }, { Post: [5] }].flatMap((lists) => [
    ['cascades', { cascades: lists }, others] as const,
    ['views', { views: lists }, pools] as const,
    ['procedures', { procedures: lists }, ['trackMysqlPool', 'trackPgPool']] as const,
  ]),
];

test.each(Object.keys(trackers))('%s says which option is none, and what it has to be', (name) => {
  for (const [option, options, names] of bad) {
    if (!names.includes(name)) continue;
    const refused = expect.objectContaining({
      code: 'ERR_OPTIONS',
      message: expect.stringMatching(new RegExp(`(?:Expected|option) \`?${option}\\b`)),
    });
    expect(() => trackers[name]?.(options as never), `${option}: ${JSON.stringify(options)}`).toThrow(
      refused,
    );
  }
});
