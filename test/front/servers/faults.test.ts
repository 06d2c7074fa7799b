import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf } from '../../cases/requests.js';
import { isUnprivileged } from '../../helpers/servers/web-server.js';
import { APP_BODY } from '../setup/echo-app.js';
import { HIT } from '../setup/nginx-front.js';
import { type ServerFront, serverFrontOfTest, servers, startServerFront } from '../setup/server-front.js';

const FILE = 'blog.page.html';
const request = bytesOf({ target: '/blog' });

/** Returns who answered, the page or the app. Expects the status 200. */
async function answerer(front: ServerFront, bytes = request): Promise<'page' | 'app'> {
  const { response, seen } = await front.ask(bytes);
  expect(response.status).toBe(200);
  if (response.headers['cache-status'] === HIT) return 'page';
  // An answer of the app must have no headers of the page.
  expect(response.body.toString()).toBe(APP_BODY);
  expect(seen).toHaveLength(1);
  expect(response.headers).toMatchObject({ 'content-type': 'text/plain', 'x-app': 'reached' });
  for (const name of ['cache-control', 'cache-status', 'etag', 'vary', 'content-encoding'])
    expect([name, response.headers[name]]).toEqual([name, undefined]);
  return 'app';
}

describe.each(servers)('with %s, the app answers', (server) => {
  let front: ServerFront;
  beforeAll(async () => {
    front = await startServerFront(server);
  });
  afterAll(() => front.stop());
  afterEach(() => {
    for (const name of [FILE, `${FILE}.gz`, 'a', 'a.txt'])
      rmSync(join(front.webRoot, name), { recursive: true, force: true });
  });

  test('after a page was deleted, until it is made again', async () => {
    for (let round = 0; round < 10; round += 1) {
      const path = front.place(FILE, 'page');
      expect(await answerer(front)).toBe('page');
      unlinkSync(path);
      expect(await answerer(front)).toBe('app');
    }
  });

  test('after the folder of a page was removed', async () => {
    const nested = bytesOf({ target: '/a/b' });
    front.place('a/b.page.html', 'page');
    expect(await answerer(front, nested)).toBe('page');
    rmSync(join(front.webRoot, 'a'), { recursive: true });
    expect(await answerer(front, nested)).toBe('app');
  });

  test.skipIf(!isUnprivileged(server))(
    'for a page that may not be read, with the target and the headers as they were sent',
    async () => {
      front.place('a/caf\u00e9.page.html', 'page');
      chmodSync(join(front.webRoot, 'a/caf\u00e9.page.html'), 0);
      const headers = ['X-Own: 1', 'Accept-Encoding: gzip'];
      const bytes = bytesOf({ target: '/a/caf%C3%A9', headers });
      expect(await answerer(front, bytes)).toBe('app');
      const { seen } = await front.ask(bytes);
      expect(seen.map(({ method, target }) => [method, target])).toEqual([['GET', '/a/caf%C3%A9']]);
      expect(seen[0]?.headers).toMatchObject({
        'x-own': ['1'],
        'accept-encoding': ['gzip'],
        host: ['localhost'],
      });
      expect(seen[0]?.headers['x-staticgenerator']?.[0]).toMatch(/^[\w-]{16}$/);
    },
  );

  test.skipIf(!isUnprivileged(server))('for a page in a folder that may not be entered', async () => {
    front.place('a/b.page.html', 'page');
    chmodSync(join(front.webRoot, 'a'), 0);
    const answer = await answerer(front, bytesOf({ target: '/a/b' }));
    chmodSync(join(front.webRoot, 'a'), 0o755);
    expect(answer).toBe('app');
  });

  test.skipIf(!isUnprivileged(server))('to HEAD too', async () => {
    chmodSync(front.place(FILE, 'page'), 0);
    const { response, seen } = await front.ask(bytesOf({ method: 'HEAD' }));
    expect(response.status).toBe(200);
    // If a file cannot be served, Apache requests its replacement with GET.
    expect(seen.map(({ method }) => method)).toEqual([server === 'apache2' ? 'GET' : 'HEAD']);
  });

  test('where a folder has the name of a page', async () => {
    mkdirSync(join(front.webRoot, FILE));
    expect(await answerer(front)).toBe('app');
  });

  test('where a link leads round in a circle', async () => {
    symlinkSync(FILE, join(front.webRoot, FILE));
    expect(await answerer(front)).toBe('app');
  });

  test('where a file is in the place of a folder', async () => {
    front.place('a.txt', 'no folder');
    expect(await answerer(front, bytesOf({ target: '/a/b' }))).toBe('app');
  });

  test('or a page, for every request while a page comes and goes', async () => {
    const outcomes = new Set<string>();
    let isDone = false;
    const ask = async () => {
      for (let count = 0; count < 60; count += 1) outcomes.add((await look()).outcome);
    };
    const look = async () => {
      const { response } = await front.ask(request);
      expect(response.status).toBe(200);
      const isHit = response.headers['cache-status'] === HIT;
      expect(response.body.toString()).toBe(isHit ? 'page' : APP_BODY);
      return { outcome: isHit ? 'page' : 'app' };
    };
    const toggle = async () => {
      while (!isDone) {
        renameSync(front.place('a.txt', 'page'), join(front.webRoot, FILE));
        await new Promise(setImmediate);
        unlinkSync(join(front.webRoot, FILE));
        await new Promise(setImmediate);
      }
    };
    const toggling = toggle();
    await Promise.all(Array.from({ length: 8 }, ask));
    isDone = true;
    await toggling;
    expect(outcomes).toEqual(new Set(['page', 'app']));
  });

  test('while WEB_ROOT is not there', async () => {
    const moved = `${front.webRoot}-moved`;
    front.place(FILE, 'page');
    renameSync(front.webRoot, moved);
    const answer = await answerer(front);
    renameSync(moved, front.webRoot);
    expect(answer).toBe('app');
    expect(await answerer(front)).toBe('page');
  });
});

test.each(servers)('without the app, %s serves pages, and the rest is an error', async (server) => {
  const front = await serverFrontOfTest(server);
  front.place(FILE, 'page');
  await front.app.stop();
  const statusOf = async (target: string) => (await front.ask(bytesOf({ target }))).response.status;
  expect(await statusOf('/blog')).toBe(200);
  expect([502, 503]).toContain(await statusOf('/other'));
  expect([502, 503]).toContain(await statusOf('/other'));
});
