import type { Browser, Page, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enter, headingOf, signIn, untilIslandsAreShown } from '../../helpers/browser/blog-browser.js';
import {
  installedChromium,
  launchChromium,
  newVisitor,
  type Visitor,
} from '../../helpers/browser/browser.js';
import { effort } from '../../helpers/effort.js';
import { HIT, MISS, startBlog } from '../../helpers/site/blog.js';

const POST = '/posts/first-frost';

describe.skipIf(installedChromium === undefined)('in a browser, through nginx', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  /** Starts a blog for one test. Returns a function that brings independent visitors. */
  async function openBlog(): Promise<() => Promise<Visitor>> {
    const { port } = await startBlog();
    return async () => await newVisitor(browser, `http://localhost:${port}`);
  }

  test('read, comment, and see it at once; so does everybody else', async () => {
    const visitor = await openBlog();
    const [lin, max] = [await visitor(), await visitor()];
    await lin.page.goto('/');
    await lin.page.getByRole('link', { name: 'First frost' }).click();
    await lin.page.waitForURL(POST);
    expect(await cacheOf(max.page.goto(POST))).toBe(HIT);

    const text = 'It was <b>cold</b>.\nAnd white.';
    await lin.page.getByLabel('Name').fill('Lin');
    await lin.page.getByLabel('Comment', { exact: true }).fill(text);
    const shown = lin.page.waitForResponse((response) => response.url().endsWith(POST));
    await lin.page.getByRole('button', { name: 'Comment' }).click();
    expect(await cacheOf(shown)).toBe(MISS);
    await lin.page.waitForURL(`${POST}#comment-1`);
    expect(await lin.page.locator('#comment-1 .said').innerText()).toBe(text);

    expect(await cacheOf(max.page.reload())).toBe(HIT);
    expect(await max.page.locator('#comment-1 .said').innerText()).toBe(text);
    await expectUnmarked(lin, max);
  });

  test('sign in, edit and delete: shown at once, and the message about it once', async () => {
    const visitor = await openBlog();
    const [ada, lin] = [await visitor(), await visitor()];
    await lin.page.goto('/');
    await lin.page.goto(POST);

    await signIn(ada.page, 'ada');
    expect(await flashOf(ada.page)).toBe('Welcome, ada.');
    await ada.page.getByRole('link', { name: 'Edit “First frost”' }).click();
    await ada.page.getByLabel('Title').fill('Second frost');
    await ada.page.getByRole('button', { name: 'Save' }).click();
    await ada.page.waitForURL(POST);
    expect(await flashOf(ada.page)).toBe('“Second frost” is saved.');
    await ada.page.reload();
    expect(await flashOf(ada.page)).toBeUndefined();

    await lin.page.reload();
    expect(await headingOf(lin.page)).toBe('Second frost');
    expect(await flashOf(lin.page)).toBeUndefined();
    await lin.page.goto('/');
    expect(await lin.page.getByRole('link', { name: 'Second frost' }).count()).toBe(1);

    await ada.page.getByRole('link', { name: 'Edit' }).click();
    await ada.page.getByRole('button', { name: 'Delete this post' }).click();
    await ada.page.waitForURL('/admin');
    expect(await flashOf(ada.page)).toBe('“Second frost” is deleted.');
    await lin.page.reload();
    expect(await lin.page.getByRole('link', { name: 'Second frost' }).count()).toBe(0);
    expect((await lin.context.request.get(POST)).status()).toBe(404);
    await expectUnmarked(lin);
    expect(ada.complaints).toEqual([]);
  });

  test('write a post, and delete a comment on it', async () => {
    const visitor = await openBlog();
    const [grace, lin] = [await visitor(), await visitor()];
    await lin.page.goto('/');
    await signIn(grace.page, 'grace');
    await grace.page.getByRole('link', { name: 'New post' }).click();
    await grace.page.getByLabel('Title').fill('Ёлка & co');
    await grace.page.getByLabel('Tags').fill('Garden, Зима');
    await grace.page.getByLabel('Text').fill('A *green* thing.');
    await grace.page.getByRole('button', { name: 'Save' }).click();
    await grace.page.waitForURL(`/posts/${encodeURIComponent('ёлка-co')}`);

    await lin.page.reload();
    await lin.page.getByRole('link', { name: 'Ёлка & co' }).click();
    await lin.page.getByLabel('Name').fill('Lin');
    await lin.page.getByLabel('Comment', { exact: true }).fill('Spam');
    await lin.page.getByRole('button', { name: 'Comment' }).click();
    await lin.page.waitForURL(/#comment-1$/);
    await grace.page.reload();
    await grace.page.getByText('Spam').waitFor();
    await grace.page.getByRole('link', { name: 'Edit' }).click();
    await grace.page.getByRole('button', { name: 'Delete this comment by Lin' }).click();
    await grace.page.getByText('Nobody has said anything yet.').waitFor();
    expect(await flashOf(grace.page)).toBe('The comment by Lin is deleted.');
    await grace.page.getByRole('link', { name: 'Cancel' }).click();
    await grace.page.waitForURL(`/posts/${encodeURIComponent('ёлка-co')}`);
    await grace.page.getByText('Nobody has said anything yet.').waitFor();
    await lin.page.reload();
    expect(await lin.page.getByText('Spam').count()).toBe(0);
    await lin.page.getByRole('link', { name: 'зима' }).click();
    expect(await headingOf(lin.page)).toContain('Posts about зима');
    await expectUnmarked(lin);
    expect(grace.complaints).toEqual([]);
  });

  test('nobody sees what was made for somebody else, not even after signing out', async () => {
    const visitor = await openBlog();
    const [ada, grace, lin] = [await visitor(), await visitor(), await visitor()];
    await enter(ada, 'ada');
    await enter(grace, 'grace');
    const targets = effort({
      usual: ['/tags/city/', '/search?q=frost'],
      long: ['/', POST, '/tags/city/', '/search?q=frost'],
    });
    for (const target of targets) {
      // In both orders: earlier visitors must not leave anything for later ones.
      await Promise.all([ada, grace, lin].map(({ page }) => page.goto(target)));
      await lin.page.reload();
      expect(await signedInAs(ada.page), target).toBe('ada');
      expect(await signedInAs(grace.page), target).toBe('grace');
      expect(await signedInAs(lin.page), target).toBeUndefined();
    }

    await ada.page.goto(POST);
    await ada.page.getByRole('button', { name: 'Sign out' }).click();
    await ada.page.waitForURL('/');
    expect(await ada.context.cookies()).toEqual([]);
    expect(await signedInAs(ada.page)).toBeUndefined();
    await ada.page.goBack();
    expect(await signedInAs(ada.page)).toBeUndefined();
    expect(await cacheOf(ada.page.goto('/tags/city/'))).toBe(HIT);
    await ada.page.goto('/admin');
    expect(new URL(ada.page.url()).pathname).toBe('/login');
    await expectUnmarked(lin);
    for (const { complaints } of [ada, grace]) expect(complaints).toEqual([]);
  });

  test('turn pages, search, and write to the site', async () => {
    const visitor = await openBlog();
    const { page, ...lin } = await visitor();
    await page.goto('/');
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL('/page/2');
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL('/page/3');
    expect(await page.getByRole('link', { name: 'Older' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Newer' }).click();
    await page.getByRole('link', { name: 'Newer' }).click();
    await page.waitForURL('/');

    await page.getByRole('searchbox', { name: 'Search' }).fill('кофе');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/search\?q=/);
    expect(await page.getByRole('article').getByRole('heading').allInnerTexts()).toEqual(['Чай и кофе']);

    await page.getByRole('link', { name: 'Contact' }).click();
    await page.getByLabel('Your name').fill('Lin');
    await page.getByLabel('Message').fill('Hello.');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('your message has arrived').waitFor();
    await expectUnmarked({ page, ...lin });
  });
});

/** Expects that no visitor has a session cookie, or any cookie except a form's token, and that no errors occurred. */
async function expectUnmarked(...visitors: Visitor[]): Promise<void> {
  for (const { context, complaints } of visitors) {
    const names = (await context.cookies()).map(({ name }) => name);
    expect(names.filter((name) => name !== 'blog.form')).toEqual([]);
    expect(complaints).toEqual([]);
  }
}

async function signedInAs(page: Page): Promise<string | undefined> {
  await untilIslandsAreShown(page);
  const [text] = await page.getByRole('button', { name: 'Sign out' }).allInnerTexts();
  return text?.replace('Sign out ', '');
}

/** Returns the message about what was last done. */
async function flashOf(page: Page): Promise<string | undefined> {
  await untilIslandsAreShown(page);
  const [text] = await page.locator('.flash').allInnerTexts();
  return text;
}

async function cacheOf(navigation: Promise<Response | null>): Promise<string | undefined> {
  return (await navigation)?.headers()['cache-status'];
}
