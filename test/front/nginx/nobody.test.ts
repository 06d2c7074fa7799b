import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { resolveConfig } from '../../../src/config.js';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import type { UrlRule } from '../../../src/index.js';
import { startNginx } from '../../helpers/nginx.js';
import { freePort } from '../../helpers/ports.js';
import { listen, send } from '../../helpers/site.js';
import { HIT, testPages, visit } from '../../integration/visitor.js';

const urls: readonly UrlRule[] = [
  /^\/posts\/mine$/,
  { match: /^\/posts\/[\w-]+$/, as: 'nobody' },
  /^\/about/,
  { match: /^\/\p{L}+$/u, as: 'nobody' },
  { match: /^\/later$/, as: 'nobody' },
];

/** A site behind its nginx, with the number of requests that reach the app's process. */
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
    // nginx cannot read the pattern before it, so Node answers from the page.
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

test('the fingerprint knows what nginx has to know of the rules, and nothing else', () => {
  const of = (...rules: UrlRule[]) => fingerprintOf(resolveConfig({ webRoot: '/pages', urls: rules }));
  expect(of(/^\/a/)).toBe(of(/^\/b/));
  expect(of({ match: /^\/a/, as: 'nobody' })).not.toBe(of(/^\/a/));
  expect(of({ match: /^\/a/, as: 'nobody' })).not.toBe(of({ match: /^\/b/, as: 'nobody' }));
});
