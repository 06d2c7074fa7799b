/** The example over a slow connection: what is shown keeps its place when the rest of a page arrives. */
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedChromium, launchChromium, newVisitor } from '../../helpers/browser/browser.js';
import { NOTE_SHIFTS, shiftsOf } from '../../helpers/browser/layout-shifts.js';
import { effort } from '../../helpers/effort.js';
import { startBlog } from '../../helpers/site/blog.js';
import { POST } from '../../helpers/site/blog-pages.js';
import { listen } from '../../helpers/site/site.js';

/** More bytes than a browser waits for before it first shows a page. */
const FIRST_BYTES = 2_048;

describe.skipIf(installedChromium === undefined)('the example, bit by bit', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  test.each(effort({ usual: [1280, 300], long: [1280, 620, 375, 300] }))(
    'moves nothing in a window of %i px',
    async (width) => {
      const blog = await startBlog();
      const { body: html } = await blog.visit(POST);
      const { port, answer } = await startSlowSite(`http://localhost:${blog.port}`);
      const { page } = await newVisitor(browser, `http://localhost:${port}`, {
        viewport: { width, height: 800 },
      });
      await page.addInitScript(NOTE_SHIFTS);
      const isShown = page.goto('/slow', { waitUntil: 'commit' });
      const response = await answer;
      const [head, ...pieces] = piecesOf(html);
      response.write(head);
      await isShown;
      for (const piece of pieces) {
        response.write(piece);
        expect(await shiftsOf(page), piece).toEqual([]);
      }
      response.end();
    },
  );
});

/** Returns everything before the body as the first piece, then one start or end of an element at a time. */
function piecesOf(html: string): string[] {
  const start = html.indexOf('>', html.indexOf('<body')) + 1;
  const pieces = html.slice(start).split(/(?<=>)(?=\s*<)/);
  expect(pieces.length).toBeGreaterThan(50);
  return [html.slice(0, start) + '\n'.repeat(FIRST_BYTES), ...pieces];
}

/** Starts a server in front of the site, in which the test itself writes the answer to `/slow`. */
async function startSlowSite(site: string): Promise<{ port: number; answer: Promise<ServerResponse> }> {
  const asked = new EventEmitter();
  const answer = once(asked, 'slow').then(([response]) => response as ServerResponse);
  const port = await listen(async (request, response) => {
    if (request.url === '/slow') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).flushHeaders();
      asked.emit('slow', response);
      return;
    }
    try {
      const passed = await fetch(site + request.url);
      response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await passed.arrayBuffer()));
    } catch {
      // The page requests its islands at its end, when the site may already have stopped.
      response.destroy();
    }
  });
  return { port, answer };
}
