/** The example in a browser, through nginx: shared pages that contain parts for one visitor. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enter, headingOf, signIn, untilIslandsAreShown } from '../../helpers/browser/blog-browser.js';
import {
  installedChromium,
  launchChromium,
  newVisitor,
  type Visitor,
} from '../../helpers/browser/browser.js';
import { NOTE_SHIFTS, shiftsOf } from '../../helpers/browser/layout-shifts.js';
import { isLong } from '../../helpers/effort.js';
import { type Blog, HIT, startBlog } from '../../helpers/site/blog.js';
import { FIRST_FROST, POST } from '../../helpers/site/blog-pages.js';

const WITHOUT_SCRIPT = { javaScriptEnabled: false };

describe.skipIf(installedChromium === undefined)('islands of the example', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  async function visitorOf({ port }: Blog, options?: BrowserContextOptions): Promise<Visitor> {
    return await newVisitor(browser, `http://localhost:${port}`, options);
  }

  test('a post comes from nginx for who has signed in, and shows who that is', async () => {
    const blog = await startBlog();
    await blog.visit(POST);
    const [ada, grace, lin] = [await visitorOf(blog), await visitorOf(blog), await visitorOf(blog)];
    await enter(ada, 'ada');
    await enter(grace, 'grace');
    const shown: [visitor: Visitor, menu: string, edits: number][] = [
      [ada, 'Sign out ada', 1],
      [grace, 'Sign out grace', 1],
      [lin, 'Sign in', 0],
    ];
    for (const [{ page, complaints }, menu, edits] of shown) {
      expect(await open(page, POST)).toEqual({ cache: HIT, asked: 1 });
      expect(await menuOf(page)).toContain(menu);
      expect(await page.getByRole('link', { name: 'Edit' }).count()).toBe(edits);
      expect(complaints).toEqual([]);
    }
  });

  test('who signs out in another tab is nobody on the next page, and is asked to send a comment again', async () => {
    const blog = await startBlog();
    await blog.visit(POST);
    const visitor = await visitorOf(blog);
    const { page: first, context, complaints } = visitor;
    await enter(visitor, 'ada');
    await open(first, POST);
    const second = await context.newPage();
    await open(second, '/');
    await second.getByRole('button', { name: 'Sign out' }).click();
    await second.waitForURL('/');

    await comment(first, 'Was I somebody?');
    await first.getByRole('alert').waitFor();
    expect(await first.getByRole('alert').innerText()).toContain('Send it again');
    expect(await menuOf(first)).toContain('Sign in');
    expect(await first.getByLabel('Comment', { exact: true }).inputValue()).toBe('Was I somebody?');
    await first.getByRole('button', { name: 'Comment' }).click();
    await first.waitForURL(`${POST}#comment-1`);
    await untilIslandsAreShown(first);
    expect(await menuOf(first)).toContain('Sign in');
    // The form of a visitor who has signed out gets a 403.
    expect(complaints.filter((one) => !one.includes('403'))).toEqual([]);
  });

  test('an edit is seen at once by who made it, and a page that others have made by both', async () => {
    const blog = await startBlog();
    const [ada, lin] = [await visitorOf(blog), await visitorOf(blog)];
    await enter(ada, 'ada');
    await open(lin.page, POST);
    await ada.page.goto(`/admin${POST}`);
    await ada.page.getByLabel('Title').fill('A late frost');
    await ada.page.getByRole('button', { name: 'Save' }).click();
    await ada.page.waitForURL(POST);
    expect(await headingOf(ada.page)).toBe('A late frost');
    await open(lin.page, POST);
    expect(await headingOf(lin.page)).toBe('A late frost');
    await expect.poll(async () => (await blog.request(POST)).cache).toBe(HIT);
    expect(await open(ada.page, POST)).toEqual({ cache: HIT, asked: 1 });
    expect(await headingOf(ada.page)).toBe('A late frost');
  });

  test('who only reads lists has no cookie; who opens a form has that of its token, and sends it', async () => {
    const blog = await startBlog();
    await blog.visit('/contact');
    const { page, context, complaints } = await visitorOf(blog);
    await open(page, '/');
    await open(page, '/tags/city/');
    expect(await context.cookies()).toEqual([]);
    await open(page, POST);
    const cookies = await context.cookies();
    expect(
      cookies.map(({ name, httpOnly, sameSite, expires }) => [name, httpOnly, sameSite, expires]),
    ).toEqual([['blog.form', true, 'Strict', -1]]);
    expect(await open(page, '/contact'), 'the first page with the cookie').toEqual({ cache: HIT, asked: 1 });
    await page.getByLabel('Your name').fill('Lin');
    await page.getByLabel('Message').fill('Hello.');
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await page.getByRole('button', { name: 'Send' }).click();
    expect((await sent).postData()).toMatch(/^_csrf=[\da-f]{64}\.[\da-f]{64}&sender=Lin&body=Hello.$/);
    await page.getByText('your message has arrived').waitFor();
    expect(await context.cookies()).toEqual(cookies);
    expect(complaints).toEqual([]);
  });

  test('without JavaScript the menu is a link, and a form comes back once, with what was typed', async () => {
    const blog = await startBlog();
    await blog.visit(POST);
    const { page, context } = await visitorOf(blog, WITHOUT_SCRIPT);
    expect((await page.goto(POST))?.headers()['cache-status']).toBe(HIT);
    expect(await menuOf(page)).toBe('Sign in');
    expect(await context.cookies()).toEqual([]);
    await comment(page, 'No script here.\nNone at all.');
    expect(await page.getByRole('alert').innerText()).toContain('Send it again');
    expect(await page.getByLabel('Name').inputValue()).toBe('Lin');
    await page.getByRole('button', { name: 'Comment' }).click();
    await page.waitForURL(`${POST}#comment-1`);
    expect(await page.locator('#comment-1 .said').innerText()).toBe('No script here.\nNone at all.');

    await signIn(page, 'ada');
    expect(await menuOf(page)).toContain('Sign out ada');
    await page.goto(`/admin${POST}`);
    await page.getByRole('button', { name: 'Delete this comment' }).click();
    await page.getByText('Nobody has said anything yet.').waitFor();
  });

  test('scripts can put HTML in no place but that of islands, and nothing inline runs', async () => {
    const blog = await startBlog();
    const { headers } = await blog.visit(POST);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain("'unsafe-");
    const { page, complaints } = await visitorOf(blog);
    await open(page, POST);
    expect(complaints).toEqual([]);
    const refused = await page.evaluate<string>(
      "(() => { try { document.body.innerHTML = '<p>'; return 'shown'; } catch (error) { return error.name; } })()",
    );
    expect(refused).toBe('TypeError');
  });

  const screens: [name: string, options: BrowserContextOptions][] = [
    ['a desktop', { viewport: { width: 1280, height: 800 } }],
    // The line with the dates and the edit link wraps at this width.
    ['a narrow screen', { viewport: { width: 300, height: 740 } }],
  ];
  const others: typeof screens = [
    ['a tablet', { viewport: { width: 620, height: 800 } }],
    ['a phone', { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true }],
  ];
  test.each([...screens, ...(isLong ? others : [])])(
    'nothing moves when islands come, on %s',
    async (_name, options) => {
      const blog = await startBlog();
      const visitors = [await visitorOf(blog, options), await visitorOf(blog, options)] as const;
      for (const { page } of visitors) await page.addInitScript(NOTE_SHIFTS);
      await enter(visitors[0], 'grace');
      // This visitor also gets a message about what was done.
      await visitors[0].page.goto(`/admin${POST}`);
      await visitors[0].page.getByLabel('Title').fill(FIRST_FROST.title);
      await visitors[0].page.getByRole('button', { name: 'Save' }).click();
      await visitors[0].page.waitForURL(POST);
      await visitors[0].page.locator('.flash').waitFor();
      expect(await shiftsOf(visitors[0].page)).toEqual([]);
      for (const { page } of visitors)
        for (const target of [POST, '/', '/contact']) {
          await open(page, target);
          expect(await shiftsOf(page), target).toEqual([]);
        }
    },
  );
});

/** Opens a shared page, and waits until its islands are shown. */
async function open(page: Page, target: string): Promise<{ cache: string | undefined; asked: number }> {
  let asked = 0;
  const count = (request: { url(): string }) => {
    if (new URL(request.url()).pathname === '/_islands/') asked += 1;
  };
  page.on('request', count);
  const answer = await page.goto(target);
  await untilIslandsAreShown(page);
  page.off('request', count);
  return { cache: answer?.headers()['cache-status'], asked };
}

async function menuOf(page: Page): Promise<string> {
  return (await page.locator('.menu').innerText()).trim();
}

async function comment(page: Page, text: string): Promise<void> {
  await page.getByLabel('Name').fill('Lin');
  await page.getByLabel('Comment', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Comment' }).click();
}
