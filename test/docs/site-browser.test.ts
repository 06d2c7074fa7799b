import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sirv from 'sirv';
import { beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from '../helpers/browser/axe.js';
import { installedChromium, keepScreenshot, launchChromium, newVisitor } from '../helpers/browser/browser.js';
import { isLong } from '../helpers/effort.js';
import { freePort } from '../helpers/servers/ports.js';
import { listen } from '../helpers/site/site.js';
import { afterAllTests, type Cleanup, temporaryFolder } from '../helpers/temporary.js';
import { type BuiltSite, builtSite, siteScript } from './built-site.js';

const DESKTOP = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true };
/** The most bytes that the first page may have, with everything that it loads, uncompressed. */
const FIRST_PAGE_BYTES = 100_000;
/** The most bytes that the search may load when it is opened first. */
const SEARCH_BYTES = 800_000;
const SHOWN = [
  '/',
  '/guide/getting-started/',
  '/reference/reasons/',
  '/performance/',
  '/decisions/',
  '/404.html',
  '/demo/',
];

describe.skipIf(installedChromium === undefined)('in a browser, the website', () => {
  const atEnd = afterAllTests();
  let site: BuiltSite;
  let browser: Browser;
  let home: string;
  beforeAll(async () => {
    site = await builtSite();
    browser = await launchChromium();
    atEnd(() => browser.close());
    home = await serve(site.folder, atEnd);
  });

  test(`weighs less than ${FIRST_PAGE_BYTES / 1000} kB on its first page, and nothing is loaded for the search before somebody wants it`, async () => {
    const { page, complaints } = await newVisitor(browser, home, DESKTOP);
    const loaded = bytesOf(page);
    await page.goto('/', { waitUntil: 'networkidle' });
    const first = await loaded();
    expect(sum(first), JSON.stringify(Object.fromEntries(first))).toBeLessThan(FIRST_PAGE_BYTES);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('Arrow keys choose').waitFor();
    const all = await loaded();
    const search = [...all].filter(([url]) => !first.has(url));
    expect(search.map(([url]) => new URL(url).pathname.replace(/\.\w{12}\./, '.')).sort()).toEqual([
      '/assets/minisearch/index.js',
      '/assets/search.js',
      '/search.json',
    ]);
    expect(sum(new Map(search))).toBeLessThan(SEARCH_BYTES);
    expect(complaints).toEqual([]);
  });

  test('is searched by keyboard alone', async () => {
    const { page, complaints } = await newVisitor(browser, home, DESKTOP);
    await page.goto('/guide/headers/');
    await page.keyboard.press('/');
    // Typed before the search has loaded.
    await page.keyboard.type('storeafter');
    const dialog = page.getByRole('dialog', { name: 'Search' });
    await dialog.getByRole('link').first().waitFor();
    await keepScreenshot(page, 'site-search');
    await expectNothingFound(page, 'the search');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const chosen = await dialog.getByRole('link').first().getAttribute('href');
    await page.keyboard.press('Enter');
    await page.waitForURL(String(chosen));
    expect(await page.locator('main').innerText()).toContain('storeAfter');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('quickDelet globb');
    await expect
      .poll(() => dialog.getByRole('link').count(), { message: 'words with mistakes' })
      .toBeGreaterThan(0);
    await page.keyboard.type(' zzzz');
    await dialog.getByText('Nothing about').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  test('is as dark as the system, or as its reader has chosen, on the next page too', async () => {
    const { page, complaints } = await newVisitor(browser, home, { ...DESKTOP, colorScheme: 'dark' });
    await page.goto('/');
    expect(await paperOf(page)).toBeLessThan(60);
    const button = page.getByRole('button', { name: 'Dark colors' });
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    await button.click();
    expect(await paperOf(page)).toBeGreaterThan(200);
    await page.goto('/guide/');
    expect(await paperOf(page)).toBeGreaterThan(200);
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    await button.click();
    expect(await paperOf(page)).toBeLessThan(60);
    expect(await page.evaluate('localStorage.getItem("theme")')).toBeNull();
    expect(complaints).toEqual([]);
  });

  test('begins with a link that skips to the content', async () => {
    const { page } = await newVisitor(browser, home, DESKTOP);
    await page.goto('/guide/headers/');
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    await expect.poll(async () => (await skip.boundingBox())?.y ?? -1).toBeGreaterThan(0);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
  });

  test('fits the narrowest phone with every page', async () => {
    const { page, complaints } = await newVisitor(browser, home, {
      ...PHONE,
      viewport: { width: 320, height: 640 },
    });
    const wide: string[] = [];
    // Decisions contain only text, and there are many.
    const shown = site.ownPages.filter(([path]) => isLong || !path.startsWith('/decisions/0'));
    await page.goto('/');
    for (const [path, html] of shown) {
      // Opening each page takes four times as long as showing only its content.
      const width = isLong ? await widthOf(page, path) : await widthOfContent(page, html);
      if (width > 320) wide.push(`${path}: ${width}`);
    }
    expect(wide).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('has a menu on a phone, without JavaScript, too', async () => {
    const { page } = await newVisitor(browser, home, { ...PHONE, javaScriptEnabled: false });
    await page.goto('/guide/getting-started/');
    const contents = page.getByRole('navigation', { name: 'Contents' });
    expect(await contents.isVisible()).toBe(false);
    await page.getByRole('link', { name: 'Menu' }).click();
    await keepScreenshot(page, 'site-phone-menu');
    await contents.getByRole('link', { name: 'Invalidating' }).click();
    await page.waitForURL('/guide/invalidating/');
    expect(await page.getByRole('button', { name: 'Search' }).isVisible()).toBe(false);
  });

  const screens: [string, BrowserContextOptions, number][] = [
    ['desktop-light', { ...DESKTOP, colorScheme: 'light' }, 0],
    ['phone-dark', { ...PHONE, colorScheme: 'dark' }, 1],
  ];
  const others: typeof screens = [
    ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }, 2],
    ['phone-light', { ...PHONE, colorScheme: 'light' }, 3],
  ];
  test.each([...screens, ...(isLong ? others : [])])(
    'shows nothing that axe finds fault with: %s',
    async (name, options, screen) => {
      const { page, complaints } = await newVisitor(browser, home, options);
      // In `npm test`, each page is tested on one screen, because axe finds mostly the same on all screens.
      for (const path of SHOWN.filter((_, index) => isLong || index % 2 === screen)) {
        await page.goto(path, { waitUntil: 'networkidle' });
        await keepScreenshot(page, `site-${name}${path.replaceAll(/[/.]/g, '-').replace(/-$/, '')}`);
        await expectNothingFound(page, path);
      }
      expect(complaints).toEqual([]);
    },
  );
});

// This test builds the site once more.
test.skipIf(installedChromium === undefined || !isLong)(
  'a site under a path works there, as --serve shows it',
  async () => {
    const port = await freePort();
    const words = ['--base', '/manual', '--no-demo', '--serve'];
    const child = spawn(process.execPath, [siteScript, join(await temporaryFolder(), 'site'), ...words], {
      env: { ...process.env, SITE_FOLDER: await temporaryFolder(), PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const browser = await launchChromium();
    try {
      const home = await addressSaidBy(child.stdout);
      expect(home).toBe(`http://localhost:${port}/manual/`);
      const { page, complaints } = await newVisitor(browser, home, DESKTOP);
      await page.goto(home);
      await page.keyboard.press('/');
      await page.keyboard.type('troubleshooting');
      await page.getByRole('dialog').getByRole('link').first().click();
      await page.waitForURL(/\/manual\/guide\/troubleshooting\//);
      expect(await page.getByRole('link', { name: 'Demo' }).count()).toBe(0);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      child.kill();
      await exited;
    }
  },
);

/** Returns the address in the last line of a build, at which the site is served. */
async function addressSaidBy(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [address] = /http:\S+/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('The build said no address');
}

async function serve(place: string, atEnd: (cleanup: Cleanup) => void): Promise<string> {
  const files = sirv(place);
  const notFound = (response: ServerResponse) => void response.writeHead(404).end();
  const port = await listen((request, response) => files(request, response, () => notFound(response)), atEnd);
  return `http://localhost:${port}`;
}

/** Returns a function for the bytes of everything that a page has loaded so far, by URL. */
function bytesOf(page: Page): () => Promise<ReadonlyMap<string, number>> {
  const bodies = new Map<string, Promise<number>>();
  page.on('response', (response) => {
    bodies.set(
      response.url(),
      response.body().then((body) => body.length),
    );
  });
  return async () =>
    new Map(await Promise.all([...bodies].map(async ([url, body]) => [url, await body] as const)));
}

function sum(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}

/** Returns how light the page is: 0 to 255. */
async function paperOf(page: Page): Promise<number> {
  const color = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  return Math.max(...(color.match(/\d+/g) ?? []).slice(0, 3).map(Number));
}

async function widthOf(page: Page, path: string): Promise<number> {
  await page.goto(path, { waitUntil: 'domcontentloaded' });
  return await page.evaluate<number>('document.documentElement.scrollWidth');
}

/** Shows the content of another page in this one, which has the same styles. Returns its width. */
async function widthOfContent(page: Page, html: string): Promise<number> {
  return await page.evaluate<number>(`(() => {
    const { body } = new DOMParser().parseFromString(${JSON.stringify(html)}, 'text/html');
    document.body.replaceWith(document.adoptNode(body));
    return document.documentElement.scrollWidth;
  })()`);
}

async function expectNothingFound(page: Page, name: string): Promise<void> {
  expect(await faultsOf(page), `${name}: what axe found`).toEqual([]);
}
