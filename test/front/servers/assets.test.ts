import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readServeOptions } from '../../../src/assets/serve/options.js';
import { OptionReader } from '../../../src/option-reader.js';
import { startAssetSite, URL_PATH } from '../../assets/serve/site.js';
import { type AssetCase, assetCases, headersOf, rootFiles, writeStaticRoot } from '../../cases/assets.js';
import { bytesOf } from '../../cases/requests.js';
import { freePort } from '../../helpers/servers/ports.js';
import { type RawResponse, rawRequest } from '../../helpers/servers/raw-http.js';
import { startServer } from '../../helpers/servers/web-server.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { generators, servers } from '../setup/server-front.js';
import { siteConfig } from '../setup/site-config.js';

describe.each(servers)('behind %s', (server) => {
  test('the app answers every request for an asset as it does alone, and the configuration says so', async () => {
    const folder = await temporaryFolder();
    chmodSync(folder, 0o755);
    const root = writeStaticRoot(folder);
    const site = await startAssetSite(root, 'production', { rootFiles });
    const port = await freePort();
    const config = {
      ...siteConfig({ webRoot: join(folder, 'pages') }),
      assets: { root, urlPath: URL_PATH, serve: readServeOptions(new OptionReader({ rootFiles })) },
    };
    const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${site.port}`] };
    const configuration = generators[server](config, addresses);
    expect(configuration).toContain('# The app serves the assets');
    const running = await startServer(server, configuration);
    onTestFinished(() => running.stop());
    for (const one of assetCases.filter((known) => !isRefused(known))) {
      const { method, target } = one;
      const bytes = bytesOf({ target, headers: headersOf(one), ...(method === undefined ? {} : { method }) });
      const alone = essence(await rawRequest(site.port, bytes));
      expect.soft([one.name, essence(await rawRequest(port, bytes))]).toEqual([one.name, alone]);
    }
  });
});

/** Whether the servers themselves refuse the target, because it is not a URL. */
function isRefused({ target, nginx }: AssetCase): boolean {
  return nginx?.status === 400 || target.includes('#');
}

/**
 * Returns an answer without what is about the connection and the server. Error pages show the address in different
 * ways.
 */
function essence({ status, headers, body }: RawResponse) {
  const { date, connection, server, via, 'keep-alive': _, ...rest } = headers;
  const { 'content-length': __, ...others } = rest;
  if (status >= 400) return { status, headers: others };
  return { status, headers: rest, body: body.toString('latin1') };
}
