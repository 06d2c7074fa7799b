/** Islands in a real browser, behind a real nginx: pages from files, each with the parts for its visitor. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express } from 'express';
import session from 'express-session';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { StaticGenerator } from '../../src/static-generator.js';
import { installedChromium, keepScreenshot, launchChromium, newVisitor } from '../helpers/browser/browser.js';
import { type Deferred, deferred } from '../helpers/deferred.js';
import { installedNginx, startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { startSite } from '../helpers/site/site.js';

declare module 'express-session' {
  interface SessionData {
    name: string;
    token: string;
    comments: string[];
  }
}

/** Allows no inline script or style. A script may insert HTML only through our Trusted Types policy. */
const STRICT =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types staticgenerator-islands";
const FALLBACK = '<a href="/login">Sign in</a>';
/** Reserves space for the islands. */
const STYLE = '.menu { min-height: 2rem } #count { min-height: 2rem }';

function page(pages: StaticGenerator): string {
  const menu = pages.island('/island/menu', { fallback: FALLBACK });
  const low = pages.island('/island/low', { when: 'visible', element: 'div', fallback: 'later' });
  return `<!doctype html><html lang="en"><title>A post</title><link rel="stylesheet" href="/style.css">
<nav class="menu">${menu}</nav><h1>A post</h1><p id="count">${pages.island('/island/count')}</p>
<form method="post" action="/comments"><input type="hidden" name="_csrf" data-island="/island/token">
<label>Comment <input name="text"></label><button>Send</button></form>
<div class="tall"></div>${low}`;
}

function routes(app: Express, pages: StaticGenerator): void {
  app.use(session({ secret: 'x', resave: false, saveUninitialized: false, name: 'sid' }));
  app.use((_, response, next) => {
    response.set('Content-Security-Policy', STRICT);
    next();
  });
  app.use(express.urlencoded({ extended: false }));
  app.get('/style.css', (_, response) => void response.type('css').send(`${STYLE} .tall { height: 4000px }`));
  app.get('/posts/apart', (_, response) => {
    response.send(`<!doctype html><title>Apart</title><form id="f" method="post" action="/comments"><button>Send</button></form>
<input type="hidden" form="f" name="_csrf" data-island="/island/token" data-island-when="visible">${pages.islandScript()}`);
  });
  app.get('/posts/plain', (_, response) => {
    response.send(
      `<!doctype html><title>Plain</title>${pages.island('/island/text', { fallback: 'nobody' })}`,
    );
  });
  app.get('/island/text', (_, response) => void response.type('text').send('<b>bold</b>'));
  app.get('/posts/:id', (_, response) => void response.send(page(pages)));
  app.get('/login', ({ session: own, query }, response) => {
    own.name = String(query.name ?? 'Ada');
    response.redirect('/posts/1');
  });
  app.get('/logout', ({ session: own }, response) => own.destroy(() => response.redirect('/posts/1')));
  app.get('/island/menu', ({ session: own }, response) => {
    response.send(own.name === undefined ? FALLBACK : `<b>${own.name}</b> <a href="/logout">Sign out</a>`);
  });
  app.get(
    '/island/count',
    ({ session: own }, response) => void response.send(`${own.comments?.length ?? 0} comments of yours`),
  );
  app.get('/island/low', (_, response) => void response.send('here'));
  app.get('/island/token', ({ session: own }, response) => {
    own.token ??= Math.random().toString(36);
    response.type('text').send(own.token);
  });
  app.post('/comments', (request, response) => {
    const { session: own, body } = request;
    if (own.token === undefined || body._csrf !== own.token)
      return void response.status(403).send('no token');
    own.comments = [...(own.comments ?? []), String(body.text)];
    response.redirect(303, '/posts/1');
  });
}

async function startFront(): Promise<{
  readonly url: string;
  readonly webRoot: string;
  readonly pages: StaticGenerator;
}> {
  const port = await freePort();
  const site = await startSite(routes, {
    urls: [{ match: /^\/posts\//, as: 'nobody' }],
    islands: { urls: [/^\/island\//] },
    hosts: ['127.0.0.1'],
    headers: { 'Content-Security-Policy': STRICT },
    logger: false,
  });
  const front = {
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: [`127.0.0.1:${site.port}`],
  } as const;
  const text = site.pages.nginx(front);
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
  onTestFinished(() => nginx.stop());
  const url = `http://127.0.0.1:${port}`;
  expect(await (await fetch(`${url}/posts/1`)).text()).toContain('A post');
  await expect.poll(() => existsSync(join(site.webRoot, 'posts/1.page.html'))).toBe(true);
  return { url, webRoot: site.webRoot, pages: site.pages };
}

/** Opens a page, and returns its `Cache-Status` and the requests for islands that the browser sent. */
async function watch(visited: Page, path: string) {
  const asked: string[] = [];
  visited.on('request', (request) => {
    if (new URL(request.url()).pathname === '/_islands/') asked.push(request.url());
  });
  const answer = await visited.goto(path);
  return { cache: (await answer?.headerValue('cache-status')) ?? '', asked };
}

/** Holds back the responses for islands until the returned promise is resolved. */
async function holdIslands(visited: Page): Promise<Deferred> {
  const sent = deferred();
  await visited.route('**/_islands/?*', async (route) => {
    const answer = await route.fetch();
    await sent.promise;
    await route.fulfill({ response: answer });
  });
  return sent;
}

const isShown = (visited: Page, name: string) =>
  expect
    .poll(() => visited.locator(`[data-island="/island/${name}"]`).getAttribute('data-island-state'))
    .toBe('shown');

describe.skipIf(installedChromium === undefined || !existsSync(installedNginx().nginx))(
  'in a browser',
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(async () => await browser.close());

    test('a visitor with a session gets the page from nginx, and the islands of theirs in one request', async () => {
      const { url } = await startFront();
      const [ada, bob, nobody] = [
        await newVisitor(browser, url),
        await newVisitor(browser, url),
        await newVisitor(browser, url),
      ];
      for (const [visitor, name] of [
        [ada, 'Ada'],
        [bob, 'Bob'],
      ] as const)
        await visitor.page.goto(`/login?name=${name}`);
      for (const [{ page: own, complaints }, menu] of [
        [ada, 'Ada Sign out'],
        [bob, 'Bob Sign out'],
        [nobody, 'Sign in'],
      ] as const) {
        const { cache, asked } = await watch(own, '/posts/1');
        expect(cache).toBe('staticgenerator; hit');
        await isShown(own, 'menu');
        expect(await own.locator('.menu').innerText()).toBe(menu);
        expect(asked).toHaveLength(1);
        expect(complaints).toEqual([]);
      }
      await keepScreenshot(ada.page, 'islands-signed-in');
    });

    test('who signs out in another tab is nobody with the next page', async () => {
      const { url } = await startFront();
      const { page: first, context } = await newVisitor(browser, url);
      await first.goto('/login?name=Ada');
      await isShown(first, 'menu');
      const second = await context.newPage();
      await second.goto('/logout');
      await first.goto('/posts/1');
      await isShown(first, 'menu');
      expect(await first.locator('.menu').innerText()).toBe('Sign in');
    });

    test('a form is sent with the token of its visitor, even before it is there', async () => {
      const { url } = await startFront();
      const { page: own } = await newVisitor(browser, url);
      const sent = await holdIslands(own);
      await own.goto('/posts/1');
      await own.getByLabel('Comment').fill('first');
      const done = own.waitForRequest((request) => request.method() === 'POST');
      await own.getByRole('button').click();
      sent.resolve();
      expect((await done).postData()).toMatch(/^_csrf=0\..+&text=first$/);
      await own.waitForLoadState();
      await own.unroute('**/_islands/?*');
      await own.goto('/posts/1');
      await isShown(own, 'count');
      expect(await own.locator('#count').innerText()).toBe('1 comments of yours');
    });

    test('a form that waits for its token is sent once, wherever in the page the token is', async () => {
      const { url } = await startFront();
      const { page: own } = await newVisitor(browser, url);
      const sent = await holdIslands(own);
      await own.goto('/posts/apart');
      const posts: (string | null)[] = [];
      own.on('request', (request) => {
        if (request.method() === 'POST') posts.push(request.postData());
      });
      // With a usual response, the browser would leave the page, and a second form would be aborted.
      await own.route('**/comments', async (route) => await route.fulfill({ status: 204 }));
      for (let click = 0; click < 3; click += 1) await own.getByRole('button').click();
      expect(posts).toEqual([]);
      sent.resolve();
      await isShown(own, 'token');
      await expect.poll(() => posts.length).toBe(1);
      expect(posts[0]).toMatch(/_csrf=0\..+/);
      await own.evaluate('new Promise((resolve) => setTimeout(resolve))');
      expect(posts).toHaveLength(1);
    });

    test('plain text stays text, and what was shown goes when it is there no more', async () => {
      const { url } = await startFront();
      const { page: own } = await newVisitor(browser, url);
      await own.goto('/posts/plain');
      await isShown(own, 'text');
      const text = own.locator('[data-island="/island/text"]');
      expect(await text.innerText()).toBe('<b>bold</b>');
      await own.route('**/_islands/?*', (route) => route.abort());
      await own.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
      await expect.poll(() => text.getAttribute('data-island-state')).toBe('failed');
      expect(await text.innerText()).toBe('nobody');
    });

    test('what is further down is fetched when it comes near', async () => {
      const { url } = await startFront();
      const { page: own } = await newVisitor(browser, url);
      const { asked } = await watch(own, '/posts/1');
      await isShown(own, 'count');
      expect(asked.filter((one) => one.includes('low'))).toEqual([]);
      await own.locator('[data-island="/island/low"]').scrollIntoViewIfNeeded();
      await isShown(own, 'low');
      expect(asked).toHaveLength(2);
    });

    test('without JavaScript the fallback stays, and the form says so', async () => {
      const { url } = await startFront();
      const { page: own } = await newVisitor(browser, url, { javaScriptEnabled: false });
      await own.goto('/posts/1');
      expect(await own.locator('.menu').innerText()).toBe('Sign in');
      await own.getByRole('button').click();
      expect(await own.locator('body').innerText()).toBe('no token');
    });

    test('nothing moves when an island comes into the room that is kept for it', async () => {
      const { url } = await startFront();
      const { page: own } = await newVisitor(browser, url);
      await own.addInitScript(`globalThis.shifts = 0;
        new PerformanceObserver((list) => {
          for (const { value } of list.getEntries()) globalThis.shifts += value;
        }).observe({ type: 'layout-shift', buffered: true });`);
      await own.goto('/login?name=Ada');
      await isShown(own, 'menu');
      await isShown(own, 'count');
      expect(await own.evaluate('globalThis.shifts')).toBe(0);
    });
  },
);
