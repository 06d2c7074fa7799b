import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../cases/requests.js';
import { effort } from '../../helpers/effort.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { listen } from '../../helpers/site/site.js';
import { described } from '../setup/description.js';
import { APP_BODY } from '../setup/echo-app.js';
import { type Front, frontOfTest, HIT } from '../setup/nginx-front.js';

const FILE = 'blog.page.html';
/** The requests of each visitor while a page comes and goes. */
const ROUNDS = effort({ usual: 40, long: 100 });
const request = bytesOf({ target: '/blog' });

/** Returns who answered, the page or the app. Expects the status 200. */
async function answerer(front: Front): Promise<'page' | 'app'> {
  const { response } = await front.ask(request);
  expect(response.status).toBe(200);
  return response.headers['cache-status'] === HIT ? 'page' : 'app';
}

describe('the next request', () => {
  test('after a page was deleted reaches the app, and after it was made again finds it', async () => {
    const front = await frontOfTest();
    for (let round = 0; round < 20; round += 1) {
      const path = front.place(FILE, 'page');
      expect(await answerer(front)).toBe('page');
      unlinkSync(path);
      expect(await answerer(front)).toBe('app');
    }
  });

  test('after a page was replaced gets the new one, of equal length and time', async () => {
    const front = await frontOfTest();
    for (let round = 10; round < 30; round += 1) {
      renameSync(front.place('other.txt', `version ${round}`), join(front.webRoot, FILE));
      expect((await front.ask(request)).response.body.toString()).toBe(`version ${round}`);
    }
  });

  test('after the folder of a page was removed reaches the app', async () => {
    const front = await frontOfTest();
    front.place('a/b.page.html', 'page');
    expect((await front.ask(bytesOf({ target: '/a/b' }))).response.headers['cache-status']).toBe(HIT);
    rmSync(join(front.webRoot, 'a'), { recursive: true });
    expect((await front.ask(bytesOf({ target: '/a/b' }))).response.headers['x-app']).toBe('reached');
  });
});

describe('the app answers', () => {
  test('for a page that nginx may not read', async () => {
    const front = await frontOfTest();
    chmodSync(front.place(FILE, 'page'), 0);
    expect(await answerer(front)).toBe('app');
  });

  test('for a page in a folder that nginx may not enter', async () => {
    const front = await frontOfTest();
    front.place('a/b.page.html', 'page');
    chmodSync(join(front.webRoot, 'a'), 0);
    const { response } = await front.ask(bytesOf({ target: '/a/b' }));
    chmodSync(join(front.webRoot, 'a'), 0o755);
    expect(response.body.toString()).toBe(APP_BODY);
  });

  test('where a folder has the name of a page', async () => {
    const front = await frontOfTest();
    mkdirSync(join(front.webRoot, FILE));
    expect(await answerer(front)).toBe('app');
  });

  test('where a link leads round in a circle', async () => {
    const front = await frontOfTest();
    symlinkSync(FILE, join(front.webRoot, FILE));
    expect(await answerer(front)).toBe('app');
  });

  test('where a file is in the place of a folder', async () => {
    const front = await frontOfTest();
    front.place('a', 'no folder');
    expect((await front.ask(bytesOf({ target: '/a/b' }))).response.body.toString()).toBe(APP_BODY);
  });

  test('for a page that can be found but not opened', async () => {
    // Without its cache of descriptors, nginx first checks the file and opens it later.
    const front = await frontOfTest({ edit: (text) => text.replace(/^ *open_file_cache.*\n/gm, '') });
    chmodSync(front.place(FILE, 'page'), 0);
    expect(await answerer(front)).toBe('app');
    expect(front.nginx.errorLog()).toMatch(/open\(\) ".*blog\.page\.html" failed/);
  });

  test('while WEB_ROOT is not there', async () => {
    const front = await frontOfTest();
    rmSync(front.webRoot, { recursive: true });
    expect(await answerer(front)).toBe('app');
  });
});

test('what can be no page costs no look at the disk', async () => {
  const front = await frontOfTest();
  // If nginx looked, it would fail and log that.
  chmodSync(front.webRoot, 0);
  for (const bypass of [{ method: 'DELETE' }, { target: '//' }, { headers: ['Cookie: sid=x'] }]) {
    expect((await front.ask(bytesOf(bypass))).response.body.toString()).toBe(APP_BODY);
  }
  expect(front.nginx.errorLog()).not.toMatch(/failed/);
  await front.ask(request);
  chmodSync(front.webRoot, 0o755);
  expect(front.nginx.errorLog()).toMatch(/open\(\) ".*blog\.page\.html" failed/);
});

test('more pages than nginx may have files open are answered, and so is who comes next', async () => {
  const [limit, pages] = [256, 300];
  const limits = `worker_processes 1;\nworker_rlimit_nofile ${limit};\n`;
  const front = await frontOfTest({
    nginx: { openFiles: described().limits.openFiles },
    edit: (text) => limits + text.replace(/^worker_(?:processes|rlimit_nofile) .*\n/gm, ''),
  });
  for (let number = 0; number < pages; number += 1) front.place(`${number}.page.html`, 'page');
  for (let number = 0; number < pages; number += 1) {
    const { response } = await front.ask(bytesOf({ target: `/${number}` }));
    expect(response.headers['cache-status']).toBe(HIT);
  }
  expect(front.nginx.errorLog()).not.toMatch(/Too many open files/);
});

test('a whole nginx.conf keeps thousands of pages open, and has descriptors left', async () => {
  const { openFilesOfWhole, workerConnections, workerDescriptors } = described().limits;
  expect(workerConnections + openFilesOfWhole).toBeLessThan(workerDescriptors);
  const front = await frontOfTest({
    edit: (text) => text.replace('worker_processes auto', 'worker_processes 1'),
  });
  const numbers = Array.from({ length: openFilesOfWhole + 100 }, (_, number) => number);
  for (const number of numbers) front.place(`${number}.page.html`, 'page');
  while (numbers.length > 0) {
    const targets = numbers.splice(0, 100).map((number) => `/${number}`);
    expect(await statusesOnOneConnection(front.port, targets)).toEqual(targets.map(() => HIT));
  }
  expect(front.nginx.errorLog()).not.toMatch(/Too many open files/);
});

/** Sends requests without waiting for answers. Returns the Cache-Status of each answer. */
async function statusesOnOneConnection(port: number, targets: readonly string[]): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1');
  const last = targets.length - 1;
  const lines = targets.map((target, index) => {
    const closing = index === last ? 'Connection: close\r\n' : '';
    return `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${closing}\r\n`;
  });
  socket.write(lines.join(''));
  const answers = await text(socket);
  return [...answers.matchAll(/^cache-status: (.*)\r$/gim)].map(([, status = '']) => status);
}

test('one worker has connections for 600 visitors who wait for the app', async () => {
  const visitors = 600;
  const waiting: ServerResponse[] = [];
  let everybodyWaits: () => void = () => undefined;
  const crowd = new Promise<void>((resolve) => (everybodyWaits = resolve));
  let isOver = false;
  const app = await listen((_request, response) => {
    if (isOver) response.end(APP_BODY);
    else if (waiting.push(response) === visitors) everybodyWaits();
  });
  const front = await frontOfTest({
    nginx: { upstreams: [`127.0.0.1:${app}`] },
    edit: (text) => text.replace('worker_processes auto', 'worker_processes 1'),
  });
  const answers = Array.from({ length: visitors }, () => rawRequest(front.port, request));
  await Promise.race([crowd, ...answers]);
  isOver = true;
  for (const response of waiting) response.end(APP_BODY);
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
  expect(front.nginx.errorLog()).not.toContain('worker_connections');
});

test('every request is answered while a page comes and goes', async () => {
  const front = await frontOfTest();
  const path = join(front.webRoot, FILE);
  const outcomes = new Set<string>();
  let isDone = false;
  const ask = async () => {
    for (let count = 0; count < ROUNDS; count += 1) outcomes.add(await answerer(front));
  };
  const toggle = async () => {
    while (!isDone) {
      renameSync(front.place('other.txt', 'page'), path);
      await new Promise(setImmediate);
      unlinkSync(path);
      await new Promise(setImmediate);
    }
  };
  const toggling = toggle();
  await Promise.all(Array.from({ length: 8 }, ask));
  isDone = true;
  await toggling;
  expect(outcomes).toEqual(new Set(['page', 'app']));
});

test('without the app, pages are served, and the rest is 502', async () => {
  const front = await frontOfTest();
  front.place(FILE, 'page');
  await front.app.stop();
  expect(await answerer(front)).toBe('page');
  expect((await front.ask(bytesOf({ target: '/other' }))).response.status).toBe(502);
  expect((await front.ask(bytesOf({ method: 'DELETE' }))).response.status).toBe(502);
});
