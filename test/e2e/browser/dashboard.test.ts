import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_PASSWORD } from '../../../docs/examples/blog/models/users.js';
import { faultsOf } from '../../helpers/browser/axe.js';
import {
  installedChromium,
  keepScreenshot,
  launchChromium,
  newVisitor,
} from '../../helpers/browser/browser.js';
import { isLong } from '../../helpers/effort.js';
import { MISS, startBlog } from '../../helpers/site/blog.js';
import { type DashboardSite, listedPaths, startDashboardSite } from '../../operate/dashboard/site.js';

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true };

describe.skipIf(installedChromium === undefined)('the dashboard in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  /** Opens the dashboard as a visitor. Returns the visitor, with the complaints of the browser. */
  async function open(site: DashboardSite, options: BrowserContextOptions = {}) {
    const visitor = await newVisitor(browser, `http://localhost:${site.port}`, options);
    await visitor.page.goto('/_pages');
    expect(new URL(visitor.page.url()).pathname).toBe('/_pages/');
    return visitor;
  }

  test('is read, filtered, and used to delete a page, which comes back with its next visitor', async () => {
    const site = await siteWithPages();
    const { page, complaints } = await open(site);
    await page.getByLabel('Path contains').fill('soup');
    await page.getByRole('button', { name: 'Filter' }).click();
    expect(await shownPaths(page)).toEqual(['/tagged/soup/1', '/tagged/soup/2']);
    await page.getByLabel('Choose /tagged/soup/1').check();
    await page.getByRole('button', { name: 'Delete chosen' }).click();
    await page.getByRole('heading', { name: 'Delete 1 page?' }).waitFor();
    expect(await site.ask('/tagged/soup/1')).toBe('hit');
    await page.getByRole('button', { name: 'Delete 1 page' }).click();
    await page.getByText('1 page deleted.').waitFor();
    await page.goto('/_pages/?q=soup');
    expect(await shownPaths(page)).toEqual(['/tagged/soup/2']);
    expect(await site.ask('/tagged/soup/1')).toBe('stored');
    await page.reload();
    expect(await shownPaths(page)).toEqual(['/tagged/soup/1', '/tagged/soup/2']);
    expect(complaints).toEqual([]);
  });

  test('shows new figures without a reload, and leaves alone what somebody reads', async () => {
    const site = await siteWithPages();
    const { page, complaints } = await open(site);
    await page.getByText('Figures are live.').waitFor();
    const state = page.locator('#health');
    expect(await state.textContent()).not.toContain('emptied');
    const summary = page.locator('#figures summary').first();
    await summary.click();
    await site.pages.quickDelete('/tagged/**');
    await state.getByText('emptied').waitFor();
    expect(await page.locator('#figures details').first().getAttribute('open')).not.toBeNull();
    await site.visit('/fresh');
    await page.locator('#renders').getByRole('link', { name: '/fresh' }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  test('is used with the keyboard alone', async () => {
    const site = await siteWithPages();
    const { page, complaints } = await open(site);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await tabTo(page, 'q');
    await page.keyboard.type('tea/1');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=tea/);
    await tabTo(page, 'target');
    await page.keyboard.press('Space');
    await tabTo(page, 'do');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Delete 1 page?' }).waitFor();
    await tabTo(page, 'Delete 1 page');
    await page.keyboard.press('Enter');
    await page.getByText('1 page deleted.').waitFor();
    expect(await site.ask('/tagged/tea/1')).toBe('stored');
    expect(complaints).toEqual([]);
  });

  test('of the example is for those who have signed in, also through nginx', async () => {
    const blog = await startBlog();
    const { page, complaints } = await newVisitor(browser, `http://localhost:${blog.port}`);
    await page.goto('/admin/pages');
    await page.waitForURL('/login');
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill(DEMO_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('/admin');
    await blog.visit('/posts/first-frost');
    await page.getByRole('link', { name: 'Pages and figures' }).click();
    await page.getByText('The configuration of nginx matches these options').waitFor();
    await page.getByText('Figures are live.').waitFor();
    await page.getByLabel('Choose /posts/first-frost').check();
    await page.getByRole('button', { name: 'Delete chosen' }).click();
    await page.getByRole('button', { name: 'Delete 1 page' }).click();
    await page.getByText('1 page deleted.').waitFor();
    expect((await blog.visit('/posts/first-frost')).cache).toBe(MISS);
    await page.getByRole('link', { name: 'Back to the pages' }).click();
    await page.getByLabel('Choose /posts/first-frost').waitFor();
    expect(complaints).toEqual([]);
  });

  test('works without JavaScript', async () => {
    const site = await siteWithPages();
    const { page } = await open(site, { javaScriptEnabled: false });
    await page.getByText('Reload to see newer figures.').waitFor();
    await page.getByLabel('Name pages').getByLabel('Tag').fill('tea');
    await page.getByRole('button', { name: 'Delete…', exact: true }).click();
    await page.getByRole('button', { name: /^Delete \d+ pages$/ }).click();
    await page.getByText('pages deleted.').waitFor();
    expect(listedPaths(await site.look('/?tag=tea'))).toEqual([]);
  });

  // Both sizes and both color schemes, and less important pages on one of them only; long tests combine all.
  const screens: [name: string, options: BrowserContextOptions][] = [
    ['desktop-light', { ...DESKTOP, colorScheme: 'light' }],
    ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
  ];
  const others: typeof screens = [
    ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }],
    ['phone-light', { ...PHONE, colorScheme: 'light' }],
  ];
  test.each([...screens, ...(isLong ? others : [])])('can be read by all, %s', async (name, options) => {
    const site = await siteWithPages();
    await site.pages.quickDelete({ tag: 'tea' });
    const { page, complaints } = await open(site, options);
    await page.getByText('Figures are live.').waitFor();
    for (const summary of await page.locator('summary').all()) await summary.click();
    await expectAccessible(page);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await keepScreenshot(page, `dashboard-${name}`);
    if (isLong || name.startsWith('phone')) {
      await page.goto('/_pages/preview?do=delete&all=1');
      await expectAccessible(page);
      await keepScreenshot(page, `dashboard-preview-${name}`);
    }
    expect(complaints).toEqual([]);
    if (!isLong && name.startsWith('phone')) return;
    await page.goto('/_pages/nothing');
    await expectAccessible(page);
  });
});

/** Starts a site with pages, visits, a refused page, and a visitor who may see the dashboard without signing in. */
async function siteWithPages(): Promise<DashboardSite> {
  const site = await startDashboardSite({
    authorize: () => true,
    urls: [
      /^\/a-rule-that-is-too-long-for-a-phone\/(?:with|many|words)\/[\p{L}\p{M}\p{N}-]+\/and-more$/u,
      /^\//,
    ],
    routes: (app) => {
      app.get('/basket', (_request, response) => void response.cookie('basket', '1').send('a basket'));
    },
  });
  for (let page = 1; page <= 20; page += 1) await site.visit(`/tagged/tea/${page}`);
  for (const path of ['/', '/tagged/soup/1', '/tagged/soup/2', '/about']) await site.visit(path);
  await site.ask('/basket');
  await site.ask('/about');
  return site;
}

async function shownPaths(page: Page): Promise<string[]> {
  return (await page.locator('#stored tbody a.path').allTextContents()).map((text) => text.trim());
}

async function focused(page: Page): Promise<string> {
  return await page.evaluate<string>('document.activeElement.textContent.trim()');
}

/** Presses Tab until the focused element has this name or this text. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const [is, text] = await page.evaluate<[string, string]>(
      '[document.activeElement.name ?? "", document.activeElement.textContent.trim()]',
    );
    if (is === name || text === name) return;
  }
  throw new Error(`Nothing with the name ${name} can be reached by the keyboard`);
}

async function expectAccessible(page: Page): Promise<void> {
  expect(await faultsOf(page)).toEqual([]);
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(overflow, 'wider than the screen').toBeLessThanOrEqual(0);
}
