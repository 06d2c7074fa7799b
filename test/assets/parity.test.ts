/** Whatever assets are called: what development serves, production serves, and so does nginx. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import express from 'express';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assets } from '../../src/assets/index.js';
import { readServeOptions } from '../../src/assets/serve/options.js';
import { generateNginx } from '../../src/front/nginx/generate.js';
import { OptionReader } from '../../src/option-reader.js';
import { bytesOf } from '../cases/requests.js';
import { siteConfig } from '../front/setup/site-config.js';
import { effort } from '../helpers/effort.js';
import { startNginx } from '../helpers/nginx.js';
import { freePort } from '../helpers/ports.js';
import { rawRequest } from '../helpers/raw-http.js';
import { listen } from '../helpers/site.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { AssetFolders } from './collect/collected-files.js';

const suffixes = ['', '.gz', '.br', '.zst', '.gz.gz', '.br.gz'];
const bases = [
  'tool.tar',
  'all.json',
  'a.css',
  'plain',
  'release.dbc75081f2aa.zip',
  'main-BmQ3xk9Z.js',
  'größe 1.txt',
];
const name = fc
  .tuple(fc.constantFrom(...bases), fc.constantFrom(...suffixes))
  .map(([base, suffix]) => base + suffix);
/** Worth a coding, or not. */
const content = fc
  .tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.boolean())
  .map(([text, isLong]) => text.repeat(isLong ? 800 : 1));
const fileSets = fc.dictionary(name, content, { minKeys: 1, maxKeys: 8, noNullPrototype: true });

const decoders: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => gunzipSync(bytes),
  br: (bytes) => brotliDecompressSync(bytes),
};

interface Servers {
  readonly development: number;
  readonly production: number;
  readonly nginx: number;
}

async function withServers(folders: AssetFolders, work: (servers: Servers) => Promise<void>): Promise<void> {
  const serve = async (mode: 'development' | 'production') =>
    await listen(express().use(assets({ ...folders.options, mode, logger: false }).middleware));
  const [development, production] = [await serve('development'), await serve('production')];
  const nginxPort = await freePort();
  const config = {
    ...siteConfig({ webRoot: join(folders.folder, 'pages') }),
    assets: { root: folders.root, urlPath: '/static/', serve: readServeOptions(new OptionReader({})) },
  };
  const nginx = await startNginx(
    generateNginx(config, {
      ...{ form: 'whole', listen: [`127.0.0.1:${nginxPort}`], upstreams: [`127.0.0.1:${production}`] },
      brotli: false,
    }),
  );
  try {
    await work({ development, production, nginx: nginxPort });
  } finally {
    await nginx.stop();
  }
}

async function answerOf(port: number, asked: string, accepted?: string) {
  const headers = accepted === undefined ? [] : [`Accept-Encoding: ${accepted}`];
  const target = `/static/${encodeURIComponent(asked)}`;
  const { status, headers: answered, body } = await rawRequest(port, bytesOf({ target, headers }));
  return { asked, status, type: answered['content-type'], coding: answered['content-encoding'], body };
}

test('assets whose names are those of codings are served by their names, and no coding is of other bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fileSets, { minLength: 1, maxLength: 3 }), async (releases) => {
      const folders = new AssetFolders(await temporaryFolder());
      chmodSync(folders.folder, 0o755);
      for (const [index, files] of releases.entries()) {
        folders.replace(files);
        await folders.collect(index % 2 === 1 ? { clean: true } : {});
      }
      await withServers(folders, async ({ development, production, nginx }) => {
        for (const file of Object.keys(releases.at(-1) ?? {})) {
          const expected = await answerOf(development, file);
          expect(expected.status).toBe(200);
          expect(await answerOf(production, file)).toEqual(expected);
          expect(await answerOf(nginx, file)).toEqual(expected);
          for (const port of [production, nginx]) {
            const { coding, ...answer } = await answerOf(port, file, 'gzip, br');
            const decode = decoders[coding ?? 'identity'] ?? expect.fail(`coding ${coding}`);
            expect({ ...answer, coding: undefined, body: decode(answer.body) }).toEqual(expected);
          }
        }
      });
    }),
    { numRuns: effort({ usual: 8, long: 100 }) },
  );
});
