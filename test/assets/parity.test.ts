/** Whatever the names of assets are: development, production and nginx serve the same. */
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
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { rawRequest } from '../helpers/servers/raw-http.js';
import { listen } from '../helpers/site/site.js';
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
/** Long enough to be compressed, or not. */
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
    { numRuns: effort({ usual: 3, long: 100 }) },
  );
});

/** Parts of names: file systems accept all of them, but URLs, patterns, shells or nginx treat them specially. */
const pieces = [
  ...[
    'a',
    'B',
    '0',
    'ß',
    'é',
    'e\u0301',
    '日本',
    '🎉',
    '\u200d',
    '\u00a0',
    '\u2028',
    '.',
    '..',
    '-',
    '_',
    '~',
    ' ',
  ],
  ...[
    '%',
    '%41',
    '%2f',
    '%00',
    '+',
    '&',
    '=',
    '?',
    '#',
    ';',
    ':',
    ',',
    '!',
    '$',
    "'",
    '(',
    ')',
    '*',
    '@',
    '[',
    ']',
  ],
  ...[
    '{',
    '}',
    '|',
    '^',
    '`',
    '"',
    '<',
    '>',
    '\\',
    '\t',
    '\n',
    '\u007f',
    'index',
    '.css',
    '.JS',
    '.html',
    '.txt',
    '.gz',
  ],
];
const anyName = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 })
  .map((all) => all.join(''))
  .filter((one) => !['.', '..'].includes(one));
const anyPath = fc
  .array(anyName, { minLength: 1, maxLength: 3 })
  // A name is either a folder or a file, never both.
  .map((all) => all.map((one, depth) => (depth === all.length - 1 ? `${one}` : `${one}.d`)).join('/'))
  .filter((path) => !path.endsWith('.d'));

/** The spellings of a path that clients send. */
const spellings: readonly ((path: string) => string)[] = [
  escaped,
  (path) => encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F'),
  (path) => `${escaped(path)}?version=1`,
  (path) => escaped(path).replace(/%../g, (byte) => byte.toLowerCase()),
  (path) =>
    escaped(path).replace(/[A-Za-z](?![0-9A-F])/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => escaped(path).replaceAll('/', '//'),
  (path) => `${escaped(path)}/`,
];

function escaped(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

test('whatever files are called, and however that is spelled, development, production and nginx answer alike', async () => {
  const paths = fc.uniqueArray(anyPath, {
    ...effort({ usual: { minLength: 30, maxLength: 40 }, long: { minLength: 60, maxLength: 80 } }),
    selector: (path) => path.toLowerCase(),
  });
  let served = 0;
  await fc.assert(
    fc.asyncProperty(paths, async (all) => {
      const folders = new AssetFolders(await temporaryFolder());
      chmodSync(folders.folder, 0o755);
      folders.write(Object.fromEntries(all.map((path) => [path, `the file ${path}`])));
      await folders.collect();
      await withServers(folders, async ({ development, production, nginx }) => {
        for (const path of all)
          for (const spell of spellings) {
            const target = `/static/${spell(path)}`;
            const [inDevelopment, inProduction, fromNginx] = await Promise.all(
              [development, production, nginx].map((port) => essentialsOf(port, target)),
            );
            expect(inProduction).toEqual(inDevelopment);
            expect(fromNginx).toEqual(inDevelopment);
            if (inDevelopment?.status === 200) served += 1;
          }
      });
    }),
    { numRuns: effort({ usual: 1, long: 40 }), endOnFailure: true },
  );
  expect(served).toBeGreaterThan(0);
});

async function essentialsOf(port: number, target: string) {
  const { status, headers, body } = await rawRequest(port, bytesOf({ target, headers: [] }));
  // nginx itself refuses a malformed target with 400.
  if (status !== 200) return { target, status: status === 400 ? 404 : status };
  return { target, status, type: headers['content-type'], body: body.toString() };
}
