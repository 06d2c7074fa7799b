/**
 * Collects a real build of Vite, and serves it by Node and by nginx: files that the build named by content never
 * change.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'vite';
import { expect, onTestFinished, test } from 'vitest';
import type { AssetOptions } from '../../../src/assets/index.js';
import { readManifest } from '../../../src/assets/manifest.js';
import { readServeOptions } from '../../../src/assets/serve/options.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { OptionReader } from '../../../src/option-reader.js';
import { siteConfig } from '../../front/setup/site-config.js';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { AssetFolders } from '../collect/collected-files.js';
import { startAssetSite, URL_PATH } from '../serve/site.js';

const FOR_A_YEAR = 'public, max-age=31536000, immutable';
const FOR_A_MINUTE = 'public, max-age=60';

async function builtSite(options: Partial<AssetOptions> = {}): Promise<AssetFolders> {
  const folder = await temporaryFolder();
  chmodSync(folder, 0o755);
  const files = {
    'index.html': '<!doctype html><script type="module" src="/main.js"></script>',
    'main.js': "import './main.css'; import('./greeting.js').then(({ greet }) => greet());",
    'main.css': 'body { background: url(/theme-facade01.svg) }',
    'greeting.js': 'export const greet = () => console.log(1);',
    'public/theme-facade01.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'public/report-20241105.pdf': 'pdf',
    'public/release.dbc75081f2aa.zip': 'zip',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'src', name)), { recursive: true });
    writeFileSync(join(folder, 'src', name), text);
  }
  await build({
    ...{ root: join(folder, 'src'), logLevel: 'silent', base: '/static/', configFile: false },
    build: { outDir: join(folder, 'dist'), manifest: true },
  });
  return new AssetFolders(folder, { dirs: [join(folder, 'dist')], ...options });
}

/** Returns the Cache-Control of each file. Node and nginx must send the same one. */
async function cachingOf(root: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { port } = await startAssetSite(root, 'production');
  const nginxPort = await freePort();
  const serve = readServeOptions(new OptionReader({}));
  const config = {
    ...siteConfig({ webRoot: join(dirname(root), 'pages') }),
    assets: { root, urlPath: URL_PATH, serve },
  };
  const text = generateNginx(config, {
    ...{ form: 'whole', listen: [`127.0.0.1:${nginxPort}`], upstreams: [`127.0.0.1:${port}`] },
    brotli: false,
  });
  const nginx = await startNginx(text);
  onTestFinished(() => nginx.stop());
  const caching = new Map<string, string>();
  for (const name of names) {
    const ask = async (at: number) => await fetch(`http://127.0.0.1:${at}${URL_PATH}${name}`);
    const [byNode, byNginx] = [await ask(port), await ask(nginxPort)];
    expect([name, byNginx.headers.get('x-app'), byNginx.headers.get('etag')]).toEqual([
      ...[name, null, byNode.headers.get('etag')],
    ]);
    expect([name, byNginx.headers.get('cache-control')]).toEqual([name, byNode.headers.get('cache-control')]);
    caching.set(name, byNode.headers.get('cache-control') ?? '');
  }
  return caching;
}

test('what Vite has named keeps its name and its bytes, and never changes; nothing else is taken for such', async () => {
  const folders = await builtSite();
  const { assets } = await folders.collect();
  const built = assets.filter(({ logicalPath, digestedPath }) => logicalPath === digestedPath);
  const names = built.map(({ logicalPath }) => logicalPath);
  expect(names.map((name) => name.replace(/-[\w-]{8}\./, '-*.')).sort()).toEqual([
    ...['assets/greeting-*.js', 'assets/index-*.css', 'assets/index-*.js'],
  ]);
  for (const name of names)
    expect(readFileSync(join(folders.root, name))).toEqual(readFileSync(join(folders.folder, 'dist', name)));
  const others = assets.filter((one) => !built.includes(one));
  const lookAlike = others.find(({ logicalPath }) => logicalPath.endsWith('.zip'));
  const plain = others.map(({ logicalPath }) => logicalPath);
  const digested = others.filter((one) => one !== lookAlike).map(({ digestedPath }) => digestedPath);
  const caching = await cachingOf(folders.root, [...names, ...plain, ...digested]);
  for (const name of [...names, ...digested]) expect([name, caching.get(name)]).toEqual([name, FOR_A_YEAR]);
  for (const name of plain) expect([name, caching.get(name)]).toEqual([name, FOR_A_MINUTE]);
});

test('without its manifest, nothing is known of a build, and its names may change', async () => {
  const folders = await builtSite();
  await folders.collect();
  rmSync(join(folders.folder, 'dist/.vite'), { recursive: true });
  const { assets } = await folders.collect();
  expect(assets.filter(({ logicalPath, digestedPath }) => logicalPath === digestedPath)).toEqual([]);
  const scripts = assets.filter(({ logicalPath }) => logicalPath.endsWith('.js'));
  expect(scripts.length).toBe(2);
  const caching = await cachingOf(
    folders.root,
    scripts.map(({ logicalPath }) => logicalPath),
  );
  expect(new Set(caching.values())).toEqual(new Set([FOR_A_MINUTE]));
});

test('a manifest that is named in the options is read; one that is not there stops the collect', async () => {
  const folders = await builtSite();
  writeFileSync(join(folders.folder, 'revisions.json'), '{"report.pdf":"/static/report-20241105.pdf"}');
  const dirs = [
    { path: join(folders.folder, 'dist'), buildManifest: join(folders.folder, 'revisions.json') },
  ];
  await folders.assets({ dirs }).collect();
  const collected = readManifest(folders.root)?.assets.get('report-20241105.pdf');
  expect(collected?.digestedPath).toBe('report-20241105.pdf');
  expect(statSync(join(folders.root, 'report-20241105.pdf')).mtime.toUTCString()).toMatch(/ 199\d /);
  rmSync(join(folders.folder, 'revisions.json'));
  await expect(folders.assets({ dirs }).collect()).rejects.toMatchObject({
    code: 'ERR_ASSET_MANIFEST',
    message: expect.stringContaining('Run the build before you collect assets'),
  });
});

test('other bytes under a name that its build has made of the content are told of', async () => {
  const folders = await builtSite();
  const { assets } = await folders.collect();
  const { logicalPath = '' } = assets.find((one) => one.logicalPath.endsWith('.css')) ?? {};
  writeFileSync(join(folders.folder, 'dist', logicalPath), 'body { color: red; }\n'.repeat(200));
  await folders.collect();
  writeFileSync(join(folders.folder, 'dist', logicalPath), 'other {}');
  const from = folders.logger.lines.length;
  await folders.collect();
  const told = folders.logger.lines.slice(from).filter(({ level }) => level === 'warn');
  expect(told.map(({ fields }) => fields)).toEqual([{ name: logicalPath }]);
  expect(readFileSync(join(folders.root, logicalPath), 'utf8')).toBe('other {}');
  expect(statSync(join(folders.root, `${logicalPath}.gz`), { throwIfNoEntry: false })).toBeUndefined();
});

test('a manifest with a byte order mark is read', async () => {
  const folder = await temporaryFolder();
  const folders = new AssetFolders(folder, {
    dirs: [{ path: join(folder, 'static'), buildManifest: join(folder, 'manifest.json') }],
  });
  folders.write({ 'main-BmQ3xk9Z.js': '1' });
  writeFileSync(join(folder, 'manifest.json'), '\ufeff{"main.js":{"file":"main-BmQ3xk9Z.js"}}');
  await folders.collect();
  expect(folders.nameOf('main-BmQ3xk9Z.js')).toBe('main-BmQ3xk9Z.js');
});
