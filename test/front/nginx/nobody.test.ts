import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { resolveConfig } from '../../../src/config.js';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import type { UrlRule } from '../../../src/index.js';
import { bytesOf } from '../../cases/requests.js';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { listen, send } from '../../helpers/site/site.js';
import { HIT, testPages, visit } from '../../integration/visitor.js';
import { frontOfTest } from '../setup/nginx-front.js';

const urls: readonly UrlRule[] = [
  /^\/posts\/mine$/,
  { match: /^\/posts\/[\w-]+$/, as: 'nobody' },
  /^\/about/,
  { match: /^\/\p{L}+$/u, as: 'nobody' },
  { match: /^\/later$/, as: 'nobody' },
];

/** Starts a site behind its nginx. Counts the requests that reach the app's process. */
async function startBehindNginx() {
  const site = await testPages({ urls });
  let reached = 0;
  const app = express();
  app.use((_request, _response, next) => {
    reached += 1;
    next();
  });
  app.use(site.pages.middleware);
  app.get('/{*path}', (request, response) => void response.send(`for ${request.get('cookie') ?? 'nobody'}`));
  const port = await freePort();
  const text = generateNginx(resolveConfig({ webRoot: site.webRoot, urls }), {
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: [`127.0.0.1:${await listen(app)}`],
  });
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
  onTestFinished(() => nginx.stop());
  return { site, port, reached: () => reached };
}

const member = { headers: { cookie: 'connect.sid=1' } };

test('nginx answers visitors with a session from pages for nobody, and from no others', async () => {
  const { site, port, reached } = await startBehindNginx();
  const answers: unknown[] = [];
  for (const path of ['/posts/hello', '/posts/mine', '/about', '/later']) {
    await visit(port, site, path);
    const before = reached();
    const { body, cache } = await send(port, path, member);
    answers.push([path, body, cache, reached() - before]);
  }
  expect(answers).toEqual([
    ['/posts/hello', 'for nobody', HIT, 0],
    ['/posts/mine', 'for connect.sid=1', 'staticgenerator; fwd=bypass; detail=cookie', 1],
    ['/about', 'for connect.sid=1', 'staticgenerator; fwd=bypass; detail=cookie', 1],
    // nginx cannot read an earlier pattern, so Node answers from the page.
    ['/later', 'for nobody', HIT, 1],
  ]);
});

test.each(['nobody;x=1; connect.sid=1', 'connect.sid=1', 'a=1;connect.sid=1', ' nobody; sid=1'])(
  'the cookie %j forges no page for nobody',
  async (cookie) => {
    const { site, port } = await startBehindNginx();
    await visit(port, site, '/about');
    expect((await send(port, '/about', { headers: { cookie } })).cache).toMatch(/detail=cookie$/);
  },
);

test('nginx looks for no page by what no rule matches, as far as it can read the rules and the path', async () => {
  const files = [
    'posts/hello.page.html',
    'about.page.html',
    'other.page.html',
    'other/é.page.html',
    'élan.page.html',
  ];
  const hitsOf = async (rules: readonly UrlRule[]) => {
    const front = await frontOfTest({ site: { urls: rules } });
    for (const file of files) front.place(file, 'a page');
    const hits: string[] = [];
    for (const path of ['/posts/hello', '/about', '/other', '/other/%C3%A9', '/%C3%A9lan']) {
      const { seen } = await front.ask(bytesOf({ target: path }));
      if (seen.length === 0) hits.push(path);
    }
    return hits;
  };
  // The code judges paths with escapes.
  const escaped = ['/other/%C3%A9', '/%C3%A9lan'];
  expect(await hitsOf([/^\/posts\//, /ABOUT$/i])).toEqual(['/posts/hello', '/about', ...escaped]);
  expect(await hitsOf([/^\/posts\//, /^\/\p{L}+$/u])).toEqual([
    '/posts/hello',
    '/about',
    '/other',
    ...escaped,
  ]);
});

test('the fingerprint knows what nginx has to know of the rules, and nothing else', () => {
  const of = (...rules: UrlRule[]) => fingerprintOf(resolveConfig({ webRoot: '/pages', urls: rules }));
  expect(of(/^\/a/)).toBe(of(/^\/b/));
  expect(of({ match: /^\/a/, as: 'nobody' })).not.toBe(of(/^\/a/));
  expect(of({ match: /^\/a/, as: 'nobody' })).not.toBe(of({ match: /^\/b/, as: 'nobody' }));
});
