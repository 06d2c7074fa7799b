import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import type { VerifySettings } from '../../../src/publish/verify/verify.js';
import { composeSite } from '../../../src/site.js';
import { type SiteOptions, startSite } from '../../helpers/site/site.js';

/** The data of the pages, and hooks into their renders. */
interface Story {
  version: number;
  renders: string[];
  onRender: (path: string) => Promise<void> | void;
}

/** Starts a site, and the verifier of a command, which is another instance. */
async function verifiedSite(options: SiteOptions = {}) {
  const story: Story = { version: 1, renders: [], onRender: () => undefined };
  const site = await startSite((app, pages) => {
    app.get('/missing', (_request, response) => {
      if (story.version > 1) response.status(404);
      response.send('there');
    });
    app.get(
      '/icon.png',
      (_request, response) => void response.type('png').send(Buffer.from([0, story.version])),
    );
    app.get('/header', (_request, response) => {
      response.set('X-Version', String(story.version)).send('always the same');
    });
    app.get(['/kept', '/expires'], (request, response) => {
      story.renders.push(request.path);
      // As if each render took a second.
      const date = Date.now() - (10 - story.renders.length) * 1000;
      const freshness =
        request.path === '/kept'
          ? { 'Cache-Control': 'max-age=3600' }
          : { Expires: new Date(date + 3_600_000).toUTCString() };
      response.set({ ...freshness, Date: new Date(date).toUTCString() }).send('for a while');
    });
    app.get('/random', (_request, response) => void response.send(`<p>${Math.random()}</p>`));
    app.get('/throws', (_request, response) => {
      if (story.version > 1) response.destroy();
      else response.send('fine');
    });
    app.get('/{*path}', async (request, response) => {
      story.renders.push(request.path);
      pages.tag('all');
      await story.onRender(request.path);
      response.send(
        `<h1>${request.path}</h1>\n<p>version ${story.version}</p>\n${'<p>more</p>\n'.repeat(200)}`,
      );
    });
  }, options);
  const { before: _before, ...given } = options;
  const command = composeSite(
    { urls: [/^\//], logger: false, ...given, webRoot: site.webRoot },
    { makesPages: false },
  );
  onTestFinished(() => command.close());
  command.publisher.attach(site.app);
  const verify = (settings: VerifySettings = {}) => command.verifier.verify(settings);
  return { ...site, story, verify, ledger: command.ledger };
}

const nothing = { differences: [], failures: [], changing: [], interrupted: false };

test('pages that are what the app renders do not differ, whichever side of compression() they came from', async () => {
  const site = await verifiedSite();
  for (const path of ['/a', '/b/', '/icon.png', '/header']) await site.visit(path);
  expect(await site.verify()).toEqual({ verified: 4, ...nothing });
});

test('a page of old data is reported, with a diff from the stored to the rendered; it is served as before', async () => {
  const site = await verifiedSite();
  const { body } = await site.visit('/a');
  site.story.version = 2;
  const rowBefore = site.ledger.get('', '/a');
  const { differences } = await site.verify();
  expect(differences).toEqual([
    {
      ...{ path: '/a', host: '', file: 'a.page.html', isVolatile: false },
      difference: {
        headers: [],
        body: {
          diff: '--- stored\n+++ rendered\n@@ -1,5 +1,5 @@\n <h1>/a</h1>\n-<p>version 1</p>\n+<p>version 2</p>\n <p>more</p>\n <p>more</p>\n <p>more</p>\n',
        },
      },
    },
  ]);
  expect(await site.request('/a')).toMatchObject({ body, cache: 'staticgenerator; hit' });
  expect(site.ledger.get('', '/a')).toEqual(rowBefore);
});

test('headers that Node replays, other types and bytes that are no text differ in words', async () => {
  const site = await verifiedSite();
  await site.visit('/header');
  await site.visit('/icon.png');
  site.story.version = 2;
  const { differences } = await site.verify();
  expect(differences.map(({ path, difference }) => [path, difference])).toEqual([
    ['/header', { headers: [{ name: 'x-version', stored: '1', rendered: '2' }], body: undefined }],
    ['/icon.png', { headers: [], body: { binary: { storedBytes: 2, renderedBytes: 2 } } }],
  ]);
});

test('the time of a render is no difference: every page that is kept for a time has another', async () => {
  const site = await verifiedSite();
  for (const path of ['/kept', '/expires']) expect((await site.visit(path)).outcome).toBe('stored');
  expect(await site.verify()).toEqual({ verified: 2, ...nothing });
});

test('a report is in the order of the pages, whichever render was the first to end', async () => {
  const site = await verifiedSite();
  for (const path of ['/a', '/b', '/c']) await site.visit(path);
  site.story.version = 2;
  let ended: () => void = () => undefined;
  const others = new Promise<void>((resolve) => (ended = resolve));
  site.story.onRender = async (path) => {
    if (path === '/a') await others;
    if (path === '/c' && site.story.renders.filter((one) => one === path).length === 3) ended();
  };
  const { differences } = await site.verify();
  expect(differences.map(({ path }) => path)).toEqual(['/a', '/b', '/c']);
});

test('a page that the app would not have stored now is reported with the reason', async () => {
  const site = await verifiedSite();
  await site.visit('/missing');
  site.story.version = 2;
  expect((await site.verify()).differences).toMatchObject([
    { path: '/missing', difference: { refusal: { reason: 'status', detail: '404' } } },
  ]);
});

test('a page that changes with every render is reported as such, unless what changes is ignored', async () => {
  const site = await verifiedSite();
  await site.visit('/random');
  expect((await site.verify()).differences).toMatchObject([{ path: '/random', isVolatile: true }]);
  expect(await site.verify({ ignored: [/0\.\d+(?:e-\d+)?/g] })).toEqual({ verified: 1, ...nothing });
});

test('a file that another hand has changed is reported, and one that it has removed is not', async () => {
  const site = await verifiedSite();
  await site.visit('/a');
  await site.visit('/b');
  await writeFile(join(site.webRoot, 'a.page.html'), 'changed');
  await rm(join(site.webRoot, 'b.page.html'));
  const { verified, differences } = await site.verify();
  expect(verified).toBe(1);
  expect(differences).toMatchObject([{ path: '/a', difference: { damaged: true } }]);
});

test('a page that cannot be rendered is no difference but a failure', async () => {
  const site = await verifiedSite();
  await site.visit('/throws');
  site.story.version = 2;
  const { differences, failures } = await site.verify();
  expect(differences).toEqual([]);
  expect(failures).toMatchObject([{ path: '/throws' }]);
});

test('a page that is deleted while it is rendered is not reported', async () => {
  const site = await verifiedSite();
  await site.visit('/a');
  site.story.onRender = async () => {
    site.story.onRender = () => undefined;
    site.story.version = 2;
    await site.pages.quickDelete('/a');
  };
  expect(await site.verify()).toEqual({ verified: 0, ...nothing });
});

test('a page whose data was saved, and which is deleted a moment later, is not reported', async () => {
  const site = await verifiedSite();
  await site.visit('/a');
  site.story.version = 2;
  let deleting: Promise<unknown> = Promise.resolve();
  site.story.onRender = () => {
    site.story.onRender = () => undefined;
    deleting = new Promise(setImmediate).then(() => site.pages.quickDelete({ tag: 'all' }));
  };
  expect(await site.verify()).toEqual({ verified: 0, ...nothing });
  await deleting;
});

test('a page that is replaced whenever it is looked at is told of, and is no difference', async () => {
  const site = await verifiedSite();
  await site.visit('/a');
  let isPublishing = false;
  site.story.onRender = async () => {
    if (isPublishing) return;
    isPublishing = true;
    site.story.version += 1;
    await site.pages.quickPublish('/a');
    isPublishing = false;
  };
  expect(await site.verify()).toEqual({ verified: 1, ...nothing, changing: ['/a'] });
});

test('a sample and a selection bound what is rendered', async () => {
  const site = await verifiedSite();
  for (const path of ['/a', '/b', '/c', '/d']) await site.visit(path);
  site.story.renders.length = 0;
  const sampled = await site.verify({ sample: { count: 2, seed: 'x' } });
  expect(sampled.verified).toBe(2);
  const first = site.story.renders.splice(0).sort();
  await site.verify({ sample: { count: 2, seed: 'x' } });
  expect(site.story.renders.splice(0).sort()).toEqual(first);
  await site.verify({ selects: ({ path }) => path === '/c' });
  expect(site.story.renders).toEqual(['/c']);
});

test('pages of several hosts are rendered for theirs, and the headers asked for come to the app', async () => {
  const seen: string[] = [];
  const site = await verifiedSite({
    hosts: ['a.example', 'b.example'],
    before: (app) =>
      app.use((request, _response, next) => {
        seen.push(`${request.headers.host} ${request.headers['x-forwarded-proto']}`);
        next();
      }),
  });
  for (const host of ['a.example', 'b.example']) await site.visit('/a', { headers: { host } });
  seen.length = 0;
  expect(await site.verify({ headers: { 'X-Forwarded-Proto': 'https' } })).toEqual({
    verified: 2,
    ...nothing,
  });
  expect(seen.sort()).toEqual(['a.example https', 'b.example https']);
});

test('a verification that is stopped tells what it has seen', async () => {
  const site = await verifiedSite();
  for (const path of ['/a', '/b', '/c']) await site.visit(path);
  const controller = new AbortController();
  const report = await site.verify({
    concurrency: 1,
    signal: controller.signal,
    onProgress: ({ done }) => void (done === 1 && controller.abort()),
  });
  expect(report).toEqual({ verified: 1, ...nothing, interrupted: true });
});

test('an app without our middleware for these pages is told of page by page', async () => {
  const site = await verifiedSite();
  await site.visit('/a');
  const { verifier, publisher, close } = composeSite(
    { webRoot: site.webRoot, urls: [/^\//], logger: false },
    { makesPages: false },
  );
  await expect(verifier.verify()).rejects.toMatchObject({ code: 'ERR_NOT_ATTACHED' });
  publisher.attach(express().use((_request, response) => void response.send('other')));
  expect((await verifier.verify()).differences).toMatchObject([
    { difference: { refusal: { reason: 'not-reached' } } },
  ]);
  await close();
});
