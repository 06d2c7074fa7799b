import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readServeOptions, type ServeOptions } from '../../../src/assets/serve/options.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { OptionReader } from '../../../src/option-reader.js';
import { startAssetSite, URL_PATH } from '../../assets/serve/site.js';
import {
  type AssetCase,
  assetCases,
  headersOf,
  indexCases,
  rootFiles,
  writeStaticRoot,
} from '../../cases/assets.js';
import { bytesOf } from '../../cases/requests.js';
import { installedNginx, startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { type RawResponse, rawRequest } from '../../helpers/servers/raw-http.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { siteConfig } from '../setup/site-config.js';

const { brotliModule } = installedNginx();

interface Pair {
  readonly root: string;
  readonly nodePort: number;
  readonly nginxPort: number;
  readonly configuration: string;
}

/** Starts a site that serves its assets, and an nginx in front that serves them too. */
async function startPair(options: ServeOptions = {}): Promise<Pair> {
  const folder = await temporaryFolder();
  chmodSync(folder, 0o755);
  const root = writeStaticRoot(folder);
  const site = await startAssetSite(root, 'production', options);
  const nginxPort = await freePort();
  const serve = readServeOptions(new OptionReader(options));
  const config = {
    ...siteConfig({ webRoot: join(folder, 'pages') }),
    assets: { root, urlPath: URL_PATH, serve },
  };
  const configuration = generateNginx(config, {
    form: 'whole',
    listen: [`127.0.0.1:${nginxPort}`],
    upstreams: [`127.0.0.1:${site.port}`],
    brotli: brotliModule !== null,
    ...(brotliModule === null ? {} : { brotliModule }),
  });
  const nginx = await startNginx(configuration);
  onTestFinished(() => nginx.stop());
  return { root, nodePort: site.port, nginxPort, configuration };
}

const isBrotli = ({ answer }: AssetCase) => answer?.['content-encoding'] === 'br';
const askable = (cases: readonly AssetCase[]) =>
  cases.filter((one) => brotliModule !== null || !isBrotli(one));

describe('nginx and Node answer alike', () => {
  test('for every request of the table', async () => {
    const pair = await startPair({ rootFiles });
    for (const one of askable(assetCases)) await expectAlike(one, pair);
  });

  test('with index files', async () => {
    const pair = await startPair({ index: true });
    for (const one of indexCases) await expectAlike(one, pair);
  });
});

test.each<[why: string, options: ServeOptions]>([
  ['headers are a function', { headers: () => ({ 'X-A': '1' }) }],
  ['a function tells what never changes', { immutable: () => false }],
  ['a regular expression is about characters, not bytes', { immutable: /^\p{L}/u }],
])('nginx leaves assets to the app where %s, and says so', async (_, options) => {
  const pair = await startPair(options);
  const response = await rawRequest(pair.nginxPort, bytesOf({ target: '/static/ten.txt' }));
  expect([response.status, response.headers['x-app']]).toEqual([200, 'reached']);
  expect(pair.configuration).toMatch(/# The app serves the assets itself: `assets\./);
});

test("nginx repeats the site's headers, and its test for names that never change", async () => {
  const headers = { 'X-Frame-Options': 'DENY', 'cross-origin-resource-policy': 'cross-origin' };
  const options: ServeOptions = { headers, immutable: /^IMG\//i, allowOrigin: 'all', maxAgeSeconds: 0 };
  const pair = await startPair({ ...options, types: { xyzzy: 'application/x-xyzzy' } });
  for (const target of ['/static/img/logo.svg', '/static/assets/index-BxYz1a3Q.js', '/static/unknown.xyzzy'])
    await expectAlike({ name: target, target, status: 200 }, pair);
  const { headers: sent } = await rawRequest(pair.nginxPort, bytesOf({ target: '/static/img/logo.svg' }));
  expect(sent).toMatchObject({
    'x-frame-options': 'DENY',
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=31536000, immutable',
  });
});

test('nginx follows links where the site says so', async () => {
  const pair = await startPair({ symlinks: true });
  for (const target of ['/static/link.txt', '/static/linked/secret.txt', '/static/inner-link.txt'])
    await expectAlike({ name: target, target, status: 200 }, pair);
});

test('a file that nginx may not read, the app answers', async () => {
  const pair = await startPair();
  chmodSync(join(pair.root, 'ten.txt'), 0o600);
  const response = await rawRequest(pair.nginxPort, bytesOf({ target: '/static/ten.txt' }));
  expect([response.status, response.body.toString()]).toEqual([200, '0123456789']);
});

test('a new release is served at once, and the old one still is', async () => {
  const pair = await startPair();
  writeFileSync(join(pair.root, 'css/site.0123456789ac.css'), 'new');
  const bodyOf = async (target: string) =>
    (await rawRequest(pair.nginxPort, bytesOf({ target }))).body.toString();
  expect(await bodyOf('/static/css/site.0123456789ac.css')).toBe('new');
  expect(await bodyOf('/static/css/site.0123456789ab.css')).toContain('.a {');
});

async function expectAlike(one: AssetCase, { nodePort, nginxPort }: Pair): Promise<void> {
  const { method, target } = one;
  const request = { target, headers: headersOf(one), ...(method === undefined ? {} : { method }) };
  const byNode = await rawRequest(nodePort, bytesOf(request));
  const byNginx = await rawRequest(nginxPort, bytesOf(request));
  const wasAsked = byNginx.headers['x-app'] !== undefined;
  if (one.nginx !== undefined) return expectDifference(one, byNginx);
  expect.soft([one.name, wasAsked ? 'app' : 'nginx']).toEqual([one.name, one.by ?? 'nginx']);
  expect.soft([one.name, essence(byNginx)]).toEqual([one.name, essence(byNode)]);
}

function expectDifference({ name, nginx, status }: AssetCase, response: RawResponse): void {
  const answer = nginx?.answer ?? {};
  const headers = Object.keys(answer).map((header) => [header, response.headers[header]] as const);
  expect
    .soft([name, response.status, Object.fromEntries(headers)])
    .toEqual([name, nginx?.status ?? status, answer]);
}

/** Returns an answer without what is about the connection, the software, and the text of an error page. */
function essence({ status, headers, body }: RawResponse) {
  const { date, connection, server, 'keep-alive': _, 'x-powered-by': __, 'x-app': ___, ...rest } = headers;
  if (status < 400) return { status, headers: rest, body: body.toString('latin1') };
  const { 'content-type': ____, 'content-length': _____, ...others } = rest;
  return { status, headers: others };
}
