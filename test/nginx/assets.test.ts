import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readServeOptions, type ServeOptions } from '../../src/assets/serve-options.js';
import { generateNginx } from '../../src/nginx/generate.js';
import { OptionReader } from '../../src/option-reader.js';
import { digested, startAssetSite, URL_PATH } from '../assets/serve-site.js';
import { type AssetCase, assetCases, headersOf, indexCases, writeStaticRoot } from '../cases/assets.js';
import { bytesOf } from '../cases/requests.js';
import { installedNginx, type RunningNginx, startNginx } from '../helpers/nginx.js';
import { freePort } from '../helpers/ports.js';
import { type RawResponse, rawRequest } from '../helpers/raw-http.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { siteConfig } from './front.js';

const { brotliModule } = installedNginx();
const rootFiles = ['favicon.ico', 'robots.txt'];

interface Pair {
  readonly root: string;
  readonly nodePort: number;
  readonly nginxPort: number;
  readonly nginx: RunningNginx;
}

/** A site that serves its assets, and nginx in front of it that serves them too. */
async function startPair(options: ServeOptions = {}): Promise<Pair> {
  const folder = await temporaryFolder();
  chmodSync(folder, 0o755);
  const root = writeStaticRoot(folder);
  const site = await startAssetSite(root, 'production', options);
  const nginxPort = await freePort();
  const serve = readServeOptions(new OptionReader(options));
  const config = {
    ...siteConfig({ webRoot: join(folder, 'pages') }),
    assets: { root, urlPath: URL_PATH, serve, digested },
  };
  const nginx = await startNginx(
    generateNginx(config, {
      form: 'whole',
      listen: [`127.0.0.1:${nginxPort}`],
      upstreams: [`127.0.0.1:${site.port}`],
      brotli: brotliModule !== null,
      ...(brotliModule === null ? {} : { brotliModule }),
    }),
  );
  onTestFinished(() => nginx.stop());
  return { root, nodePort: site.port, nginxPort, nginx };
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

/** All but what is about the connection and the software; the text of an error page is each one's own. */
function essence({ status, headers, body }: RawResponse) {
  const { date, connection, server, 'keep-alive': _, 'x-powered-by': __, 'x-app': ___, ...rest } = headers;
  if (status < 400) return { status, headers: rest, body: body.toString('latin1') };
  const { 'content-type': ____, 'content-length': _____, ...others } = rest;
  return { status, headers: others };
}
