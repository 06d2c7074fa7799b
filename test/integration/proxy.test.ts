import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveConfig } from '../../src/config.js';
import { generateNginx } from '../../src/front/nginx/generate.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { listen, send } from '../helpers/site/site.js';
import { HIT, MISS, testPages, visit } from './visitor.js';

const FORGED = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'ftp',
};

/**
 * Starts an app that trusts the proxy on its machine. It prints the URL and, on some paths, the visitor's address as it
 * sees them.
 */
async function startApp(hosts: readonly string[] = []) {
  const site = await testPages({ hosts });
  const app = express();
  app.set('trust proxy', 'loopback');
  app.use(site.pages.middleware);
  app.get('/{*path}', (request, response) => {
    const url = `${request.protocol}://${request.hostname}${request.originalUrl}`;
    response.type('html').send(request.path.startsWith('/nobody/') ? url : `${url} ${request.ip}`);
  });
  site.pages.attach(app);
  return { ...site, port: await listen(app) };
}

async function startFront(site: { readonly webRoot: string; readonly port: number }, serverName: string) {
  const port = await freePort();
  const config = resolveConfig({ webRoot: site.webRoot, urls: [/^\//] });
  const text = generateNginx(config, {
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: [`127.0.0.1:${site.port}`],
    serverNames: [serverName],
  });
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
  onTestFinished(() => nginx.stop());
  return port;
}

describe('behind the generated nginx', () => {
  test('the app sees the visitor, and no X-Forwarded header that a visitor sends gets into a page', async () => {
    const site = await startApp();
    const front = await startFront(site, 'www.example.com');
    const headers = { host: 'www.example.com', ...FORGED };
    const own = await visit(front, site, '/posts/hello', { headers });
    // The page shows the visitor's address, so it is not stored.
    expect(own).toMatchObject({ cache: MISS, outcome: 'echoes-request' });
    expect(own.body).toBe('http://www.example.com/posts/hello 127.0.0.1');
    const miss = await visit(front, site, '/nobody/hello', { headers });
    expect(miss).toMatchObject({ cache: MISS, outcome: 'stored' });
    expect(miss.body).toBe('http://www.example.com/nobody/hello');
    const hit = await send(front, '/nobody/hello', { headers: { host: 'www.example.com' } });
    expect(hit).toMatchObject({ cache: HIT, body: miss.body });
  });

  test('a host that it does not know gets no page, and a forged voucher does not help', async () => {
    const site = await startApp();
    const front = await startFront(site, 'www.example.com');
    const headers = { host: 'evil.example', 'x-staticgenerator': 'vouched' };
    const answer = await send(front, '/posts/hello', { headers });
    expect(answer.cache).toBe('staticgenerator; fwd=bypass; detail=host');
    expect(answer.body).toBe('http://evil.example/posts/hello 127.0.0.1');
  });
});

describe('behind another proxy on this machine', () => {
  test('that hands on the header of nginx, a port that a client made up gets no page', async () => {
    const site = await startApp(['www.example.com']);
    const headers = { host: 'www.example.com:1337', 'x-staticgenerator': 'vouched' };
    const answer = await send(site.port, '/posts/hello', { headers });
    expect(answer.cache).toBe('staticgenerator; fwd=bypass; detail=host');
  });

  const forwarded = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };

  test('a page is made for a host of `hosts`, as the visitor addressed it', async () => {
    const site = await startApp(['www.example.com']);
    const headers = { host: 'www.example.com', 'x-forwarded-host': 'www.example.com', ...forwarded };
    // The page shows the visitor's address, which may be the address of this machine.
    for (const address of ['203.0.113.9', '127.0.0.1']) {
      const from = { ...headers, 'x-forwarded-for': address };
      const own = await visit(site.port, site, '/posts/hello', { headers: from });
      expect(own).toMatchObject({ outcome: 'echoes-request' });
      expect(own.body).toBe(`https://www.example.com/posts/hello ${address}`);
    }
    const miss = await visit(site.port, site, '/nobody/hello', { headers });
    expect(miss).toMatchObject({ outcome: 'stored' });
    expect(miss.body).toBe('https://www.example.com/nobody/hello');
    expect(await send(site.port, '/nobody/hello', { headers })).toMatchObject({
      cache: HIT,
      body: miss.body,
    });
  });

  test('the Host header decides, not X-Forwarded-Host', async () => {
    const site = await startApp(['www.example.com']);
    const headers = { host: 'app.internal', 'x-forwarded-host': 'www.example.com', ...forwarded };
    const answer = await send(site.port, '/posts/hello', { headers });
    expect(answer.cache).toBe('staticgenerator; fwd=bypass; detail=host');
    expect(site.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { reason: 'host', host: 'app.internal' } }),
    );
  });

  test('without `hosts` it has no pages to serve, and the log names the option, once', async () => {
    const site = await startApp();
    for (const _time of [1, 2]) {
      const answer = await send(site.port, '/posts/hello', { headers: { host: 'www.example.com' } });
      expect(answer.cache).toBe('staticgenerator; fwd=bypass; detail=host');
    }
    const warnings = site.logger.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('`hosts`')]);
  });

  test('a quickPublish is rendered for the first of `hosts`', async () => {
    const site = await startApp(['www.example.com', 'de.example.com']);
    const { refused } = await site.pages.quickPublish('/nobody/hello', 'https://de.example.com/nobody/hallo');
    expect(refused).toEqual([]);
    const at = async (host: string, path: string) => await send(site.port, path, { headers: { host } });
    expect(await at('www.example.com', '/nobody/hello')).toMatchObject({
      cache: HIT,
      body: expect.stringContaining('http://www.example.com/nobody/hello'),
    });
    expect(await at('de.example.com', '/nobody/hallo')).toMatchObject({
      cache: HIT,
      body: expect.stringContaining('http://de.example.com/nobody/hallo'),
    });
  });
});
