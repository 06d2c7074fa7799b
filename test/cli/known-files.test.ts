import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { assets } from '../../src/assets/index.js';
import { knownFiles } from '../../src/cli/known-files.js';
import { headersOf } from '../../src/deploy/headers.js';
import { keysIn } from '../../src/deploy/source.js';
import { type FileRecord, writeManifest } from '../../src/export/folder/manifest.js';
import { temporaryFolder } from '../helpers/temporary.js';

/** Names that look hashed, but that no manifest lists. */
const guesses = [
  'index-BmQ3xk9Z.js',
  'theme-facade01.css',
  'report-20241105.pdf',
  'site.0123456789abcdef.css',
];

async function folderWith(names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  return folder;
}

/** Returns the files that browsers would keep for a year after a deployment. */
async function keptForAYear(folder: string, buildManifests: readonly string[] = []) {
  const keys = await keysIn(folder);
  const known = { ...(await knownFiles(folder, buildManifests)), cacheRules: [] };
  return keys.filter((key) => headersOf(key, new Set(keys), known).cacheControl.includes('immutable'));
}

test('of a folder that nobody knows, no name is taken for one that never changes', async () => {
  expect(await keptForAYear(await folderWith(guesses))).toEqual([]);
});

test('of a build, what its manifest lists never changes: that of Vite by itself, others where they are named', async () => {
  const folder = await folderWith(guesses);
  const list = join(await temporaryFolder(), 'list.json');
  writeFileSync(list, '{"report.pdf":"/report-20241105.pdf"}');
  expect(await keptForAYear(folder, [list])).toEqual(['report-20241105.pdf']);
  mkdirSync(join(folder, '.vite'));
  writeFileSync(
    join(folder, '.vite/manifest.json'),
    '{"src/main.ts":{"file":"index-BmQ3xk9Z.js","name":"index","css":["theme-facade01.css"]},"src/theme-facade01.css":{"file":"theme-facade01.css","src":"src/theme-facade01.css"}}',
  );
  expect(await keptForAYear(folder, [list])).toEqual(['index-BmQ3xk9Z.js', 'report-20241105.pdf']);
});

test('of what was collected, what collect has named never changes', async () => {
  const source = await folderWith([...guesses, 'release.dbc75081f2aa.zip']);
  const root = join(await temporaryFolder(), 'collected');
  const { assets: collected } = await assets({
    ...{ dirs: [source], root, mode: 'development', logger: false },
  }).collect();
  const named = collected.filter(({ logicalPath }) => !logicalPath.endsWith('.zip'));
  expect(await keptForAYear(root)).toEqual(named.map(({ digestedPath }) => digestedPath).sort());
});

test('of an export, what the site has answered so never changes', async () => {
  const folder = await folderWith(guesses);
  const about = { kind: 'page', bytes: 1, hash: '', type: 'text/plain' } as const;
  const files = new Map<string, FileRecord>([
    ['theme-facade01.css', { ...about, isImmutable: true }],
    ['report-20241105.pdf', about],
  ]);
  writeManifest(folder, { mark: undefined, fingerprint: '', files });
  expect(await keptForAYear(folder)).toEqual(['theme-facade01.css']);
});
