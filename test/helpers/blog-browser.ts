import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { DEMO_PASSWORD } from '../../docs/examples/blog/models/users.js';

export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(DEMO_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('/admin');
}

/** Waits until a page shows what is its visitor's. A page that is made for one visitor alone has no islands. */
export async function untilIslandsAreShown(page: Page): Promise<void> {
  const waiting = page.locator('[data-island]:not([data-island-state="shown"])');
  await expect.poll(() => waiting.count()).toBe(0);
}

export async function headingOf(page: Page): Promise<string> {
  return await page.getByRole('heading', { level: 1 }).innerText();
}
