import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { onTestFinished } from 'vitest';
import { isLong } from '../effort.js';
import { PATIENCE_MS } from '../patience.js';

const RECORD = new URL('../../../node_modules/.cache/staticgenerator/chromium.json', import.meta.url);
const ARTEFACTS = fileURLToPath(new URL('../../.artefacts/', import.meta.url));
/** No sandbox, because tests may run as root; and no network requests by the browser itself. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/**
 * The Chromium that `.dev/prepare.mjs` found. `undefined` if there is none: the script reports that, and tests in a
 * browser are skipped.
 */
export const installedChromium: string | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { readonly chromium: string }).chromium
  : undefined;

export async function launchChromium(): Promise<Browser> {
  if (installedChromium === undefined)
    throw new Error('There is no Chromium; run node .dev/prepare.mjs test');
  return await chromium.launch({ executablePath: installedChromium, args: FLAGS });
}

/** A visitor with their own browser context, which shares its storage with no other visitor. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Everything that a developer would see in red: errors in the console, and requests that failed or were refused. */
  readonly complaints: readonly string[];
}

export async function newVisitor(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ baseURL, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  onTestFinished(() => context.close());
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => complaints.push(`error: ${error.error().message}`));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // The browser itself aborts the request for the icon when the visitor leaves early. If a server aborts, the error
    // has another name.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}: ${reason}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  return { page: await context.newPage(), context, complaints };
}

/** Keeps a screenshot for people: of the window, and in long runs of the whole page. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTEFACTS, `${name}.png`), fullPage: isLong, animations: 'disabled' });
}
