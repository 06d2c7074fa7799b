import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sirv from 'sirv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedChromium, keepScreenshot, launchChromium, newVisitor } from '../helpers/browser.js';
import { isLong } from '../helpers/effort.js';
import { listen } from '../helpers/site.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { markdownFiles, readPage, repository } from './markdown.js';

const DESKTOP = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true };
/** What the first page may weigh, with all that it loads, uncompressed. */
const FIRST_PAGE_BYTES = 100_000;
/** What the search may load when it is opened first. */
const SEARCH_BYTES = 800_000;
const SHOWN = [
  '/',
  '/guide/getting-started/',
  '/reference/reasons/',
  '/performance/',
  '/decisions/',
  '/404.html',
];

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let folder: string;
/** Every page, by the path that it is served at. */
let pages: ReadonlyMap<string, string>;
beforeAll(async () => {
  folder = await build();
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  pages = new Map(
    files.map((name) => [`/${name.replace(/index\.html$/, '')}`, readFileSync(join(folder, name), 'utf8')]),
  );
});
/** Without those of the demo, which are the example's own. */
const ownPages = () => [...pages].filter(([path]) => !path.startsWith('/demo/'));

describe('the files of the site', () => {
  test('have a page for each Markdown file that users read, with the anchors that GitHub gives its headings', () => {
    const sources = ['README.md', 'CHANGELOG.md', ...markdownFiles('docs')].filter(
      (file) => !file.startsWith('docs/site/'),
    );
    const lost = sources.flatMap((file) => {
      const html = pages.get(pathOf(file));
      if (html === undefined) return [file];
      const anchors = readPage(file).sections.filter(({ depth }) => depth > 1);
      return anchors
        .filter(({ anchor }) => !html.includes(`id="${anchor}"`))
        .map(({ anchor }) => `${file}#${anchor}`);
    });
    expect(lost).toEqual([]);
  });

  test('lead somewhere with each link, and load nothing from elsewhere', () => {
    const dead = ownPages().flatMap(([path, html]) => {
      const addresses = [...html.matchAll(/ (href|src|srcset)="([^"]*)"/g)];
      return addresses
        .filter(
          ([, attribute, address = '']) =>
            !isRight(path, address.replaceAll('&amp;', '&'), attribute === 'href'),
        )
        .map(([found]) => `${path}:${found}`);
    });
    expect(dead).toEqual([]);
  });

  test('keep the links between pages of the Markdown', () => {
    const html = pages.get('/guide/choosing-urls/') ?? '';
    expect(html).toContain('href="/reference/options/#');
    expect(pages.get('/guide/')).toContain('href="/decisions/"');
  });

  test('have no code in a page, and forbid it', () => {
    for (const [path, html] of pages) {
      expect(html, path).toContain(`content="default-src 'none'; script-src 'self'; style-src 'self'`);
      expect(html.match(/<script(?![^>]* src=)[^>]*>|<style|\son\w+="|\sstyle="/gi), path).toBeNull();
    }
  });

  test('have the demo, which asks no server', () => {
    const demo = pages.get('/demo/') ?? '';
    expect(demo).toContain('class="demo-banner"');
    expect(demo).toContain('href="/demo/posts/');
    expect(demo).not.toContain('<script');
  });

  test('show every plot on the page of performance', () => {
    const plots = readdirSync(join(repository, 'docs/performance')).filter((name) => name.endsWith('.svg'));
    const html = pages.get('/performance/') ?? '';
    expect(plots.filter((name) => !html.includes(`src="/performance/${name}"`))).toEqual([]);
  });
});

describe.skipIf(installedChromium === undefined)('in a browser, the site', () => {
  let browser: Browser;
  let home: string;
  beforeAll(async () => {
    browser = await launchChromium();
    home = await serve(folder);
  });
  afterAll(async () => await browser?.close());

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
    // Typed before the search is there.
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
    // Decisions are words alone, and there are many.
    const shown = ownPages().filter(([path]) => isLong || !path.startsWith('/decisions/0'));
    for (const [path] of shown) {
      await page.goto(path, { waitUntil: 'domcontentloaded' });
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
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

  const screens: [string, BrowserContextOptions][] = [
    ['desktop-light', { ...DESKTOP, colorScheme: 'light' }],
    ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
  ];
  const others: typeof screens = [
    ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }],
    ['phone-light', { ...PHONE, colorScheme: 'light' }],
  ];
  test.each([...screens, ...(isLong ? others : [])])(
    'shows nothing that axe finds fault with: %s',
    async (name, options) => {
      const { page, complaints } = await newVisitor(browser, home, options);
      for (const path of SHOWN) {
        await page.goto(path, { waitUntil: 'networkidle' });
        await keepScreenshot(page, `site-${name}${path.replaceAll(/[/.]/g, '-').replace(/-$/, '')}`);
        await expectNothingFound(page, path);
      }
      await page.goto('/demo/', { waitUntil: 'networkidle' });
      await keepScreenshot(page, `site-${name}-demo`);
      await expectNothingFound(page, '/demo/');
      expect(complaints).toEqual([]);
    },
  );
});

test.skipIf(installedChromium === undefined)('a site under a path works there', async () => {
  const place = await build('--base', '/manual', '--no-demo');
  const files = sirv(place);
  const port = await listen((request, response) => {
    request.url = request.url?.replace(/^\/manual/, '') || '/';
    files(request, response, () => void response.writeHead(404).end());
  });
  const browser = await launchChromium();
  try {
    const { page, complaints } = await newVisitor(browser, `http://localhost:${port}`, DESKTOP);
    await page.goto('/manual/');
    await page.keyboard.press('/');
    await page.keyboard.type('troubleshooting');
    await page.getByRole('dialog').getByRole('link').first().click();
    await page.waitForURL(/\/manual\/guide\/troubleshooting\//);
    expect(await page.getByRole('link', { name: 'Demo' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});

async function build(...words: string[]): Promise<string> {
  const scratch = await temporaryFolder(afterAll);
  const target = join(scratch, 'site');
  const script = join(repository, 'docs/site/build.js');
  execFileSync(process.execPath, [script, target, ...words], {
    env: { ...process.env, SITE_FOLDER: join(scratch, 'scratch') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return target;
}

async function serve(place: string): Promise<string> {
  const files = sirv(place);
  const notFound = (response: ServerResponse) => void response.writeHead(404).end();
  const port = await listen(
    (request, response) => files(request, response, () => notFound(response)),
    afterAll,
  );
  return `http://localhost:${port}`;
}

function pathOf(file: string): string {
  const name = file
    .replace(/^docs\//, '')
    .replace(/(^|\/)README\.md$/, '$1')
    .replace(/\.md$/, '/');
  return `/${name.toLowerCase()}`;
}

/** A link may lead to another site; what a page loads may not be there. */
function isRight(path: string, address: string, isLink: boolean): boolean {
  const url = new URL(address, `http://site.invalid${path}`);
  if (url.host !== 'site.invalid') return isLink && ['https:', 'http:', 'mailto:'].includes(url.protocol);
  const html = pages.get(url.pathname);
  if (html === undefined)
    return existsSync(join(folder, decodeURIComponent(url.pathname))) && !url.pathname.endsWith('/');
  return url.hash === '' || html.includes(` id="${decodeURIComponent(url.hash.slice(1))}"`);
}

/** The bytes of everything that a page has loaded so far, by URL. */
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

/** How light the page is: 0 to 255. */
async function paperOf(page: Page): Promise<number> {
  const color = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  return Math.max(...(color.match(/\d+/g) ?? []).slice(0, 3).map(Number));
}

async function expectNothingFound(page: Page, name: string): Promise<void> {
  await page.evaluate(axe);
  const violations = await page.evaluate<unknown[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))',
  );
  expect(violations, `${name}: what axe found`).toEqual([]);
}
