import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import express from 'express';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { digestedName } from '../../../src/assets/digest.js';
import { assets } from '../../../src/assets/index.js';
import { type AssetOptions, defaultIgnore } from '../../../src/assets/options.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { startAssetSite } from '../../assets/serve/site.js';
import { siteConfig } from '../../front/setup/site-config.js';
import {
  installedChromium,
  keepScreenshot,
  launchChromium,
  newVisitor,
} from '../../helpers/browser/browser.js';
import { effort } from '../../helpers/effort.js';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { listen } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

/** Files of the packages that no page uses. Only long tests collect them too. */
const UNUSED = effort({
  usual: [
    ...[
      '**/bootstrap-{grid,reboot,utilities}*',
      '**/*.rtl.*',
      '**/*.esm.*',
      '**/bootstrap{,.min}.js*',
      '**/*.map',
    ],
    ...['**/bootstrap.css', '**/bootstrap.bundle.js', '**/bootstrap-icons.{css,scss,json,ts}'],
  ],
  long: [],
});
const require = createRequire(import.meta.url);
const pages = ['/static/app/index.html', '/static/library.html'];
const icons = ['alarm', 'archive', 'bag', 'bell', 'book', 'camera', 'cart', 'clock', 'cloud', 'cup'];

const ENTRY = `import 'bootstrap/dist/css/bootstrap.min.css';
import 'bootstrap-icons/font/bootstrap-icons.css';
import logo from './logo.svg?no-inline';
const { greet } = await import('./greeting.js');
document.querySelector('#root').innerHTML =
  '<img src="' + logo + '" width="64" height="64">' +
  '<button class="btn btn-primary"><i class="bi bi-alarm"></i> ' + greet() + '</button>';
document.body.dataset.ready = 'yes';`;
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="tomato"/></svg>';
const LIBRARY = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Library</title>
<link rel="stylesheet" href="vendor/bootstrap/css/bootstrap.min.css">
<link rel="stylesheet" href="vendor/icons/bootstrap-icons.min.css">
<script defer src="vendor/bootstrap/js/bootstrap.bundle.min.js"></script>
<body class="p-3" data-ready="yes"><div class="alert alert-success">Bootstrap</div>
<p class="fs-1">${icons.map((icon) => `<i class="bi bi-${icon}"></i>`).join(' ')}</p>
<button class="btn btn-danger dropdown-toggle" data-bs-toggle="dropdown">Menu</button></body></html>`;

describe.skipIf(installedChromium === undefined)('a front-end build and a library of icons', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  test('look the same from the finders, from STATIC_ROOT and from nginx, and nothing fails', async () => {
    const folder = await temporaryFolder();
    chmodSync(folder, 0o755);
    const options = await buildSources(folder);
    const { root = '' } = options.assets;
    await assets({ ...options.assets, mode: 'development', logger: false }).collect();
    const production = (await startAssetSite(root, 'production', options.serve)).port;
    const servers = {
      finders: await startDevelopment(options.assets),
      node: production,
      nginx: await startFront(root, options.serve),
    };
    const screenshots = new Map<string, Buffer[]>();
    for (const [name, port] of Object.entries(servers)) {
      const { page, complaints } = await newVisitor(browser, `http://127.0.0.1:${port}`);
      for (const [index, path] of pages.entries()) {
        const responses = new Map<string, string | undefined>();
        page.on('response', (response) => {
          responses.set(new URL(response.url()).pathname, response.headers()['cache-control']);
        });
        await page.goto(path);
        await page.waitForSelector('body[data-ready=yes]');
        await page.evaluate('document.fonts.ready');
        expect(await page.evaluate(`[...document.fonts].some(({ status }) => status === 'loaded')`)).toBe(
          true,
        );
        const taken = await page.screenshot({ animations: 'disabled' });
        screenshots.set(path, [...(screenshots.get(path) ?? []), taken]);
        await keepScreenshot(page, `assets-${index}-${name}`);
        expect(responses.size).toBeGreaterThan(3);
        const digested = [...responses].filter(([url]) => digestedName.test(url));
        expect(digested.length > 3).toBe(name !== 'finders');
        for (const [url, caching] of digested)
          expect([url, caching]).toEqual([url, expect.stringMatching(/immutable/)]);
      }
      expect([name, complaints]).toEqual([name, []]);
    }
    // The screenshots must be equal byte for byte: a browser draws the same page in the same way.
    for (const [path, [first, ...others]] of screenshots)
      expect([path, others.map((other) => first?.equals(other))]).toEqual([path, [true, true]]);
  });
});

interface Sources {
  readonly assets: AssetOptions;
  readonly serve: { readonly rootFiles: readonly string[]; readonly immutable: RegExp };
}

/** Lets Vite build a small project below the URL of the assets, next to packages that are served unchanged. */
async function buildSources(folder: string): Promise<Sources> {
  const project = join(folder, 'project');
  mkdirSync(project, { recursive: true });
  const page =
    '<!doctype html><title>Built</title><body><div id="root"></div><script type="module" src="./main.js"></script></body>';
  writeFileSync(join(project, 'index.html'), page);
  writeFileSync(join(project, 'main.js'), ENTRY);
  writeFileSync(join(project, 'greeting.js'), "export const greet = () => 'Hello';");
  writeFileSync(join(project, 'logo.svg'), LOGO);
  const dir = join(folder, 'static');
  const alias = ['bootstrap', 'bootstrap-icons'].map((name) => ({
    find: name,
    replacement: dirname(require.resolve(`${name}/package.json`)),
  }));
  await build({
    root: project,
    base: '/static/app/',
    configFile: false,
    logLevel: 'silent',
    resolve: {
      alias: alias.map(({ find, replacement }) => ({
        find: new RegExp(`^${find}/`),
        replacement: `${replacement}/`,
      })),
    },
    build: { outDir: join(dir, 'app'), target: 'es2022', emptyOutDir: true },
  });
  writeFileSync(join(dir, 'library.html'), LIBRARY);
  writeFileSync(join(dir, 'favicon.ico'), readFileSync(join(project, 'logo.svg')));
  const packages = [
    { name: 'bootstrap', dir: 'dist', prefix: 'vendor/bootstrap' },
    { name: 'bootstrap-icons', dir: 'font', prefix: 'vendor/icons' },
  ];
  const serve = { rootFiles: ['favicon.ico'], immutable: /^app\/assets\// };
  const rewrite = { html: true, js: true };
  const root = join(folder, 'root');
  return {
    assets: { dirs: [dir], packages, rewrite, root, ignore: [...defaultIgnore, ...UNUSED], ...serve },
    serve,
  };
}

async function startDevelopment(given: AssetOptions): Promise<number> {
  const app = express();
  app.use(assets({ ...given, mode: 'development', logger: false }).middleware);
  return await listen(app);
}

/** Starts nginx in front of an app without assets, so that nginx must serve all of them itself. */
async function startFront(root: string, serve: Sources['serve']): Promise<number> {
  const port = await freePort();
  const config = siteConfig({ webRoot: join(root, '../pages'), assets: { root, ...serve } });
  const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${await listen(express())}`] };
  const nginx = await startNginx(generateNginx(config, { form: 'whole', ...addresses }));
  onTestFinished(() => nginx.stop());
  return port;
}
