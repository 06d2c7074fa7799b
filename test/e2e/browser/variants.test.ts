import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import express from 'express';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { staticGenerator } from '../../../src/static-generator.js';
import { installedChromium, launchChromium, newVisitor } from '../../helpers/browser/browser.js';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { listen } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

const GREETINGS: Readonly<Record<string, string>> = { en: 'Good day', de: 'Guten Tag' };

/** Starts a shop in two languages behind nginx, with a form for choosing the language. */
async function startShop(): Promise<string> {
  const webRoot = `${await temporaryFolder()}/pages`;
  chmodSync(dirname(webRoot), 0o755);
  const pages = staticGenerator({
    ...{ webRoot, logger: false, hosts: ['127.0.0.1'] },
    variants: {
      language: { cookie: 'lang', header: 'Accept-Language', values: ['en', 'de'] },
      device: { header: 'Sec-CH-UA-Mobile', values: { desktop: '?0', mobile: '?1' } },
    },
    urls: [{ match: /^\/$/, variants: ['language', 'device'] }],
  });
  onTestFinished(() => pages.close());
  const app = express();
  app.use(pages.middleware);
  app.get('/', (_request, response) => {
    const [language, device] = [pages.variant('language'), pages.variant('device')];
    response.send(`<!doctype html><html lang="${language}"><title>Shop</title><link rel="icon" href="data:,">
<h1>${GREETINGS[language]}</h1><p>${device}</p>
<form method="post" action="/language"><button name="to" value="de">Deutsch</button></form>`);
  });
  app.post('/language', express.urlencoded({ extended: false }), (request, response) => {
    response.cookie('lang', String(request.body.to)).redirect(303, '/');
  });
  const upstream = await listen(app);
  const port = await freePort();
  const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${upstream}`] };
  const nginx = await startNginx(pages.nginx({ form: 'whole', serverNames: ['127.0.0.1'], ...addresses }));
  onTestFinished(() => nginx.stop());
  return `http://127.0.0.1:${port}`;
}

async function shown(page: Page) {
  const response = await page.goto('/');
  const [heading, device] = [await page.textContent('h1'), await page.textContent('p')];
  return [heading, device, response?.headers()['cache-status']];
}

describe.skipIf(installedChromium === undefined)('a shop in two languages', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  test('greets each browser in its own language from nginx, until the visitor chooses another', async () => {
    const origin = await startShop();
    const hit = 'staticgenerator; hit';
    const german = await newVisitor(browser, origin, { locale: 'de-AT' });
    const english = await newVisitor(browser, origin, { locale: 'en-GB' });
    for (const [{ page }, greeting] of [
      [german, 'Guten Tag'],
      [english, 'Good day'],
    ] as const) {
      expect((await shown(page)).slice(0, 2)).toEqual([greeting, 'desktop']);
      await expect.poll(() => shown(page)).toEqual([greeting, 'desktop', hit]);
      expect(await page.getAttribute('html', 'lang')).toBe(greeting === 'Good day' ? 'en' : 'de');
    }
    await english.page.click('button');
    await expect.poll(() => english.page.textContent('h1')).toBe('Guten Tag');
    expect(await shown(english.page)).toEqual(['Guten Tag', 'desktop', hit]);
    expect([...german.complaints, ...english.complaints]).toEqual([]);
  });
});
