import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from '../../helpers/browser/axe.js';
import { signIn, untilIslandsAreShown } from '../../helpers/browser/blog-browser.js';
import {
  installedChromium,
  keepScreenshot,
  launchChromium,
  newVisitor,
} from '../../helpers/browser/browser.js';
import { isLong } from '../../helpers/effort.js';
import { type Blog, filledForm, startBlog } from '../../helpers/site/blog.js';

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true };
const OTHER_SCREENS: readonly [name: string, options: BrowserContextOptions][] = [
  ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }],
  ['phone-light', { ...PHONE, colorScheme: 'light' }],
];
const POST = '/posts/0001-runtime-dependencies';

describe.skipIf(installedChromium === undefined)('looks', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  /** Runs the automatic checks, axe included, on each page, and keeps a screenshot in test/.artefacts. */
  test('every page fits its screen and can be read there, light and dark', async () => {
    const blog = await startBlog({ generated: 30 });
    await talk(blog);
    // Both sizes and both color schemes; long tests combine each with each.
    const screens: [name: string, options: BrowserContextOptions][] = [
      ['desktop-light', { ...DESKTOP, colorScheme: 'light' }],
      ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
      ...(isLong ? OTHER_SCREENS : []),
    ];
    await Promise.all(
      screens.map(async ([name, options], screen) => {
        const { page, complaints } = await newVisitor(browser, `http://localhost:${blog.port}`, options);
        let looks = screen;
        // axe finds mostly the same on all screens.
        const look = async (subject: string) => {
          looks += 1;
          await expectReadable(page, `${name}-${subject}`, { withAxe: isLong || looks % 2 === 0 });
        };
        for (const [subject, target] of pages) {
          await page.goto(target);
          await look(subject);
        }
        await page.goto('/login');
        await look('login');
        await signIn(page, 'ada');
        await look('admin');
        await page.goto(`/admin${POST}`);
        await look('edit');
        await page.goto(POST);
        await look('post-signed-in');
        expect(complaints).toEqual([]);
      }),
    );
  });

  test('code that is wider than a phone is scrolled to its end in its box, by keyboard', async () => {
    const blog = await startBlog({ generated: 0, front: 'node' });
    const { page } = await newVisitor(browser, `http://localhost:${blog.port}`, PHONE);
    await page.goto('/posts/try-this');
    const code = page.locator('pre').first();
    const unread = async () =>
      await code.evaluate(
        ({ scrollWidth, clientWidth, scrollLeft }) => scrollWidth - clientWidth - scrollLeft,
      );
    expect(await unread()).toBeGreaterThan(0);
    await code.focus();
    const readOn = async () => {
      await page.keyboard.press('ArrowRight');
      return await unread();
    };
    await expect.poll(readOn).toBeLessThan(1);
  });

  test('the strip says how the page came, under a name that is read out', async () => {
    const blog = await startBlog();
    await blog.visit('/contact');
    const { page, complaints } = await newVisitor(browser, `http://localhost:${blog.port}`, DESKTOP);
    const strip = page.getByRole('complementary', { name: 'How this page came to you' });
    await page.goto('/contact');
    await untilIslandsAreShown(page);
    expect(oneLine(await strip.innerText())).toMatch(
      /^From a file, served by nginx, stored (?:just now|\d+ s ago) as contact\.page\.html$/,
    );
    await page.goto('/posts/note-1');
    await untilIslandsAreShown(page);
    expect(oneLine(await strip.innerText())).toMatch(
      /^Rendered for you just now, (?:being )?stored as posts\/note-1\.page\.html$/,
    );
    expect(complaints).toEqual([]);

    const { page: plain } = await newVisitor(browser, `http://localhost:${blog.port}`, {
      javaScriptEnabled: false,
    });
    await plain.goto('/contact');
    expect(oneLine(await plain.locator('.strip').innerText())).toBe('The same page for everybody');
  });
});

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

const pages: [subject: string, target: string][] = [
  ['home', '/'],
  ['try-this', '/posts/try-this'],
  ['older', '/page/2'],
  ['post', POST],
  ['search', '/search?q=cluster'],
  ['contact', '/contact'],
];

async function talk({ request }: Blog): Promise<void> {
  const said = [
    ['Lin', 'Does this work with several processes?\nWe have four.'],
    ['A reader whose name is rather long', `https://example.com/${'long-address/'.repeat(12)}`],
  ];
  for (const [author = '', body = ''] of said)
    await request(`${POST}/comments`, await filledForm(request, { author, body }));
  const message = { sender: 'lin@example.com', body: 'A word of thanks.' };
  await request('/contact', await filledForm(request, message));
}

const script = readFileSync(new URL('inspect-page.mjs', import.meta.url), 'utf8').replace('export ', '');

async function expectReadable(page: Page, name: string, { withAxe }: { withAxe: boolean }): Promise<void> {
  await untilIslandsAreShown(page);
  await keepScreenshot(page, name);
  const { overflow, faint } = await page.evaluate<{ overflow: string[]; faint: string[] }>(
    `(() => { ${script}; return inspectPage(); })()`,
  );
  expect(overflow, `${name}: what is wider than the screen`).toEqual([]);
  expect(faint, `${name}: text with too little contrast`).toEqual([]);
  if (withAxe)
    expect(
      await faultsOf(page, { without: isLong ? [] : ['color-contrast'] }),
      `${name}: what axe found`,
    ).toEqual([]);
}
