/**
 * Takes docs/pictures/dashboard.png, the picture of the README. It shows the dashboard of the example blog after some
 * real visits and deletions. The figures of an hour are written into the ledger, so that taking the picture does not
 * take an hour. Needs what `npm test` needs, and a build: `npm run build && node .dev/draw-dashboard.mjs`.
 */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { chromium } from 'playwright-core';
import { smallPng } from './pictures/small-png.mjs';

const FILE = fileURLToPath(new URL('../docs/pictures/dashboard.png', import.meta.url));
const CHROMIUM = new URL('../node_modules/.cache/staticgenerator/chromium.json', import.meta.url);
const MINUTES = 60;

const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
process.env.BLOG_FOLDER = folder;
const { createSite } = await import('../docs/examples/blog/site.js');
const { DEMO_PASSWORD } = await import('../docs/examples/blog/models/users.js');
const site = await createSite({
  folder,
  posts: 300,
  options: { logger: false, countHits: { port: 9_514, oneIn: 1 } },
});
const server = createServer(site.app).listen(0, '127.0.0.1');
await once(server, 'listening');
const home = `http://localhost:${server.address().port}`;
try {
  await visitPages();
  await site.pages.quickDelete({ tag: 'list' });
  await site.pages.quickDelete('/tags/**');
  // By then the ledger has the figures of these visits. They are replaced below.
  await setTimeout(3_000);
  writeAnHour(join(folder, 'www/.staticgenerator/ledger.sqlite'));
  await takePicture();
} finally {
  server.closeAllConnections();
  server.close();
  await site.close();
  await rm(folder, { recursive: true });
}

async function visitPages() {
  const sitemap = await (await fetch(`${home}/sitemap.xml`)).text();
  const paths = [...sitemap.matchAll(/<loc>https?:\/\/[^/<]+([^<]*)</g)].map(([, path]) => path || '/');
  for (const path of ['/', '/feed.xml', ...paths.slice(0, 320)]) await (await fetch(home + path)).text();
}

/** Writes the figures of a quiet site, some of whose pages are deleted from time to time. */
function writeAnHour(file) {
  const database = new Database(file);
  const add = database.prepare('INSERT OR REPLACE INTO minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const now = Math.floor(Date.now() / 60_000);
  database.exec(
    'DELETE FROM minutes; UPDATE rule_visits SET nginx = misses * 61 + 800, node = misses * 3, bytes = misses * 311000 + 900000',
  );
  for (let minute = 0; minute < MINUTES; minute += 1) {
    const wave = Math.sin(minute / 9) + Math.sin(minute / 4) / 3;
    const isFlood = minute === 37 || minute === 38;
    const misses = isFlood ? 130 : Math.round(9 + 5 * Math.sin(minute * 2.1) + (minute % 13 === 0 ? 14 : 0));
    const nginx = Math.round(420 + 120 * wave - (isFlood ? 110 : 0));
    const milliseconds = misses * (11 + 3 * Math.sin(minute / 5) + (isFlood ? 9 : 0));
    add.run(
      now - MINUTES + 1 + minute,
      nginx,
      Math.round(nginx / 14),
      misses,
      misses,
      milliseconds,
      misses - 2,
      2,
      misses - 3,
    );
  }
  database.close();
}

async function takePicture() {
  const { chromium: executablePath } = JSON.parse(readFileSync(CHROMIUM, 'utf8'));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  // The header that nginx would send about itself.
  const [, fingerprint] = /voucher \{[^}]*"" ([\w-]+);/.exec(site.pages.nginx()) ?? [];
  await fetch(`${home}/search?q=nginx`, { headers: { 'x-staticgenerator': fingerprint } });
  const page = await browser.newPage({ viewport: { width: 1200, height: 1060 }, colorScheme: 'light' });
  await page.goto(`${home}/login`);
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password').fill(DEMO_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${home}/admin`);
  await page.goto(`${home}/admin/pages`);
  await page.getByText('Figures are live.').waitFor();
  const screenshot = await page.screenshot({ animations: 'disabled' });
  writeFileSync(FILE, await smallPng(browser, screenshot));
  await browser.close();
}
