import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { DEMO_PASSWORD } from '../../../docs/examples/blog/models/users.js';
import type { Visitor } from './browser.js';

export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(DEMO_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/admin');
}

/**
 * Signs in without loading the pages, for tests of other things. Also takes the greeting, so that no later page shows
 * it.
 */
export async function enter({ context }: Visitor, name: string): Promise<void> {
  const form = { name, password: DEMO_PASSWORD };
  const entered = await context.request.post('/login', { form, maxRedirects: 0 });
  expect(entered.headers().location).toBe('/admin');
  const greeting = await context.request.get('/_islands/?url=/visitor/flash', {
    headers: { 'x-islands': '1' },
  });
  expect(await greeting.text()).toContain(`Welcome, ${name}.`);
}

/** Waits until a page shows the parts for its visitor. A page that is rendered for one visitor alone has no islands. */
export async function untilIslandsAreShown(page: Page): Promise<void> {
  const waiting = page.locator('[data-island]:not([data-island-state="shown"])');
  await expect.poll(() => waiting.count()).toBe(0);
}

export async function headingOf(page: Page): Promise<string> {
  return await page.getByRole('heading', { level: 1 }).innerText();
}
