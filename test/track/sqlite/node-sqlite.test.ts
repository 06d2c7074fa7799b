/** `node:sqlite`, if this Node has it: since 22.5. */
import { describe, expect, test } from 'vitest';
import { type SqliteDatabase, trackSqlite } from '../../../src/track/sqlite/index.js';
import { FuzzPages } from '../fuzz/pairs.js';

interface Statement {
  run(...values: readonly unknown[]): unknown;
  get(...values: readonly unknown[]): unknown;
  all(...values: readonly unknown[]): unknown;
  iterate(...values: readonly unknown[]): Iterable<unknown>;
}

interface Sqlite {
  readonly DatabaseSync: new (
    file: string,
  ) => Omit<SqliteDatabase, 'prepare'> & { prepare(sql: string): Statement; close(): void };
}

const sqlite = process.getBuiltinModule?.('node:sqlite') as Sqlite | undefined;

describe.skipIf(sqlite === undefined)('a database of node:sqlite', () => {
  function open() {
    const { DatabaseSync } = sqlite as Sqlite;
    const database = new DatabaseSync(':memory:');
    database.exec(`create table posts (id integer primary key, title text);
      insert into posts values (1, 'a'), (2, 'b')`);
    const pages = new FuzzPages();
    const tracking = trackSqlite(database, pages, { ids: { posts: 'id' } });
    const deletedBy = async (work: () => unknown) => {
      const selectors = await pages.selectorsOf(async () => {
        work();
        await tracking.settled();
      });
      return selectors.map((one) => ('value' in one ? one.value : one.kind)).sort();
    };
    const tagsOf = async (read: () => unknown) =>
      [...((await pages.tagsOf(async () => read())).tags ?? [])].sort();
    return { database, deletedBy, tagsOf };
  }

  test('gives tags to what reads from it', async () => {
    const { database, tagsOf } = open();
    const statement = database.prepare('select * from posts where id = ?');
    expect(await tagsOf(() => statement.get(1))).toEqual(['posts:#', 'posts:*', 'posts:1']);
    expect(await tagsOf(() => statement.all('2'))).toEqual(['posts:#', 'posts:*', 'posts:2']);
    expect(await tagsOf(() => statement.get(9))).toEqual(['posts', 'posts:*']);
    expect(await tagsOf(() => [...database.prepare('select * from posts').iterate()])).toEqual([
      'posts',
      'posts:*',
    ]);
  });

  test('deletes what has changed, at the latest with the end of its transaction', async () => {
    const { database, deletedBy } = open();
    const update = database.prepare('update posts set title = ? where id = ?');
    expect(await deletedBy(() => update.run('x', 1))).toEqual(['posts', 'posts:1', 'posts?*']);
    const inTransaction = await deletedBy(() => {
      database.exec('begin');
      update.run('y', 2);
      database.exec('commit');
    });
    expect(inTransaction).toEqual(['posts', 'posts:2', 'posts?*']);
    const pending = await deletedBy(() => {
      database.exec('savepoint own');
      update.run('z', 2);
    });
    expect([pending, await deletedBy(() => database.exec('release own'))]).toEqual([
      [],
      ['posts', 'posts:2', 'posts?*'],
    ]);
    database.close();
  });
});
