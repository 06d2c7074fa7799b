import { describe, expect, test } from 'vitest';
import {
  type AssetCase,
  assetCases,
  headersOf,
  indexCases,
  rootFiles,
  writeStaticRoot,
} from '../../cases/assets.js';
import { bytesOf } from '../../cases/requests.js';
import { type RawResponse, rawRequest } from '../../helpers/servers/raw-http.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { startAssetSite } from './site.js';

describe('in production', () => {
  test('every request of the table is answered as it says', async () => {
    const root = writeStaticRoot(await temporaryFolder());
    const { port } = await startAssetSite(root, 'production', { rootFiles });
    for (const one of assetCases) await expectAnswer(one, port);
  });

  test('so is that of folders, with index files', async () => {
    const root = writeStaticRoot(await temporaryFolder());
    const { port } = await startAssetSite(root, 'production', { index: true });
    for (const one of indexCases) await expectAnswer(one, port);
  });
});

async function expectAnswer(one: AssetCase, port: number): Promise<void> {
  const { method, target } = one;
  const request = { target, headers: headersOf(one), ...(method === undefined ? {} : { method }) };
  const response = await rawRequest(port, bytesOf(request));
  expect.soft([one.name, shown(response, one)]).toEqual([one.name, expected(one)]);
}

const expected = ({ status, answer = {}, body }: AssetCase) => ({
  status,
  ...answer,
  body: body?.toString('latin1'),
});

function shown(response: RawResponse, { answer = {}, body }: AssetCase) {
  const headers = Object.keys(answer).map((name) => [name, response.headers[name]] as const);
  return {
    status: response.status,
    ...Object.fromEntries(headers),
    body: body === undefined ? undefined : response.body.toString('latin1'),
  };
}
