import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import type { Options } from '../../src/config.js';
import { type StaticGenerator, staticGenerator } from '../../src/static-generator.js';
import { effort } from '../helpers/effort.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { listen, send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

const LANGUAGES = ['en', 'de', 'fr', 'ja'] as const;

/** Starts a site behind nginx, whose pages are full of their language. */
async function startBehindNginx(
  routes: (app: express.Express, pages: StaticGenerator) => void,
  options: Partial<Options> = {},
) {
  const webRoot = `${await temporaryFolder()}/pages`;
  chmodSync(dirname(webRoot), 0o755);
  const pages = staticGenerator({
    webRoot,
    logger: false,
    variants: { language: { cookie: 'lang', header: 'accept-language', values: LANGUAGES } },
    urls: [{ match: /^\/\w*$/, variants: ['language'] }],
    ...options,
  });
  onTestFinished(() => pages.close());
  const app = express();
  app.use(pages.middleware);
  pages.attach(app);
  routes(app, pages);
  const upstream = await listen(app);
  const port = await freePort();
  const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${upstream}`] };
  const nginx = await startNginx(pages.nginx({ form: 'whole', ...addresses }));
  onTestFinished(() => nginx.stop());
  return { pages, port };
}

const REQUESTS = effort({ usual: 400, long: 10_000 });

test(`visitors of four languages side by side never get a byte of each other's, in ${REQUESTS} requests`, {
  timeout: 60_000 + 20 * REQUESTS,
}, async () => {
  const { pages, port } = await startBehindNginx((app, { variant }) => {
    app.get('/:name', async (request, response) => {
      const language = variant('language');
      response.type('html').write(`${`<${language}>`.repeat(50)}`);
      // Lets several renders run at the same time.
      await new Promise((resolve) => setImmediate(resolve));
      response.end(`${request.params.name}${`<${variant('language')}>`.repeat(50)}`);
    });
  });
  const names = ['a', 'b', 'c'];
  let hits = 0;
  const visit = async (visitor: number) => {
    const language = LANGUAGES[visitor % LANGUAGES.length] ?? 'en';
    const headers =
      visitor < LANGUAGES.length
        ? { 'accept-language': `${language}-XX,${language};q=0.9,*;q=0.5` }
        : { cookie: `_ga=1; lang=${language}`, 'accept-language': 'fr' };
    for (let request = 0; request < REQUESTS / 8; request += 1) {
      const name = names[request % names.length] ?? 'a';
      if (request % 25 === visitor) await pages.quickDelete(`/${name}`);
      const answer = await send(port, `/${name}`, { headers });
      const own = `<${language}>`.repeat(50);
      expect(answer.body).toBe(`${own}${name}${own}`);
      if (answer.cache.endsWith('hit')) hits += 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, visitor) => visit(visitor)));
  expect(hits).toBeGreaterThan(REQUESTS / 4);
});

test('a page with islands that nginx puts in has variants, and each visitor gets the island', async () => {
  const { port } = await startBehindNginx(
    (app, pages) => {
      app.get('/islands/menu', (request, response) => {
        response.send(`menu ${pages.variant('language')} ${request.headers.cookie ?? 'nobody'}`);
      });
      app.get('/a', (_request, response) => {
        response.send(`<p>${pages.variant('language')}</p>${pages.island('/islands/menu')}`);
      });
    },
    {
      urls: [{ match: /^\/a$/, variants: ['language'], as: 'nobody' }],
      islands: { urls: [/^\/islands\//], include: 'ssi' },
    },
  );
  const visit = async (language: string, cookie: string) =>
    await send(port, '/a', { headers: { 'accept-language': language, cookie } });
  for (const language of ['de', 'fr'])
    await expect
      .poll(async () => (await send(port, '/a', { headers: { 'accept-language': language } })).cache)
      .toBe('staticgenerator; hit');
  for (const [language, cookie] of [
    ['de', 'sid=ann'],
    ['fr', 'sid=bob'],
    ['fr', 'sid=ann; lang=de'],
  ] as const) {
    const { body, cache, headers } = await visit(language, cookie);
    const chosen = cookie.includes('lang=de') ? 'de' : language;
    expect(cache).toBe('staticgenerator; hit');
    expect(body).toContain(`<p>${chosen}</p>`);
    expect(body).toContain(`menu ${chosen} ${cookie}`);
    expect([headers['content-language'], headers.vary]).toEqual([
      chosen,
      'Accept-Encoding, Accept-Language, Cookie',
    ]);
  }
});
