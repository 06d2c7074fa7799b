import { describe, expect, test } from 'vitest';
import { postgresTriggers } from '../../../src/track/postgres/triggers/triggers.js';
import { installedPostgres, psql, usePostgres } from '../../helpers/databases/postgres.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { errorIn, run } from '../run.js';

const words = ['postgres-triggers', 'posts', 'blog.links'];

test('postgres-triggers prints the migration of the library, without any configuration', async () => {
  const folder = await temporaryFolder();
  const { up, down } = postgresTriggers(['posts', 'blog.links']);
  expect(await run(words, { folder })).toEqual({ code: 0, stdout: up, stderr: '' });
  expect(await run([...words, '--down'], { folder })).toEqual({ code: 0, stdout: down, stderr: '' });
  const { stdout } = await run([...words, '--json'], { folder });
  expect(JSON.parse(stdout)).toEqual({ up, down });
});

test('its options are those of the library', async () => {
  const folder = await temporaryFolder();
  const options = ['--key', 'blog.links=a,B', '--key', 'posts=', '--entity', 'posts=Post=1'];
  const others = ['--ignore', 'posts=views,seen', '--lists', 'posts=author', '--channel', 'blog'];
  const { up } = postgresTriggers(
    [
      { table: 'posts', key: [], entity: 'Post=1', lists: ['author'], ignore: ['views', 'seen'] },
      { table: 'blog.links', key: ['a', 'B'] },
    ],
    { channel: 'blog' },
  );
  expect((await run([...words, ...options, ...others], { folder })).stdout).toBe(up);
});

test.each([
  [['postgres-triggers'], 'ERR_USAGE', /missing required argument 'table'/],
  [[...words, '--key', 'post=id'], 'ERR_USAGE', /Expected --key to be <table>=…, .* got post=id/],
  [[...words, '--ignore', 'posts=id'], 'ERR_OPTIONS', /Expected `tables\[0\]\.ignore`/],
])('%j is wrong usage', async (wrong, code, message) => {
  const outcome = await run([...wrong, '--json'], { folder: await temporaryFolder() });
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(errorIn(outcome)).toMatchObject({ code, message: expect.stringMatching(message) });
});

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();

  test('psql runs what it prints, up and down', async () => {
    const folder = await temporaryFolder();
    const address = await server.createDatabase();
    psql(
      address,
      'create schema blog; create table posts (id integer); create table blog.links (id integer)',
    );
    const triggers = () => psql(address, 'select count(*) from pg_trigger where not tgisinternal');
    psql(address, (await run(words, { folder })).stdout);
    expect(triggers()).toBe('8');
    psql(address, (await run([...words, '--down'], { folder })).stdout);
    expect(triggers()).toBe('0');
  });
});
