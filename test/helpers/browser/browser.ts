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
/** No sandbox, as tests may run as root; and nothing that asks the network for what no test is about. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** The Chromium that `.dev/prepare.mjs` found; undefined: tests in a browser are skipped, as it has told. */
export const installedChromium: string | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { readonly chromium: string }).chromium
  : undefined;

export async function launchChromium(): Promise<Browser> {
  if (installedChromium === undefined)
    throw new Error('There is no Chromium; run node .dev/prepare.mjs test');
  return await chromium.launch({ executablePath: installedChromium, args: FLAGS });
}

/** Somebody with a browser of their own: what it stores is shared with nobody. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What a developer would see in red: errors in the console, requests that failed or were refused. */
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
    // Of the browser itself: the visitor went on before the icon was there. What a server breaks off has other names.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}: ${reason}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  return { page: await context.newPage(), context, complaints };
}

/** Keeps what the page looks like in its window, and at length from top to bottom, for people to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTEFACTS, `${name}.png`), fullPage: isLong, animations: 'disabled' });
}
