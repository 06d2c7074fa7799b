import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assets } from '../../../src/assets/index.js';
import { readManifest } from '../../../src/assets/manifest.js';
import { startSite } from '../../helpers/site/site.js';
import { errorIn, run, siteFolder } from '../run.js';

const LONG = 'a { color: red; }\n'.repeat(200);

/** Makes a site with two folders of assets, and writes the given files, whose names begin with one of these folders. */
async function assetSite(files: Readonly<Record<string, string>>) {
  const options = { dirs: ['static', 'more'], root: 'collected' };
  const { folder, webRoot } = await siteFolder({ assets: options });
  const write = (written: Readonly<Record<string, string>>) => {
    for (const [name, content] of Object.entries(written)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
  };
  write(files);
  const root = join(folder, 'collected');
  return { folder, webRoot, root, write, options };
}

describe('collect', () => {
  test('fails where a folder is not there, and says what to do', async () => {
    const { folder } = await assetSite({ 'static/a.css': LONG });
    const { code, stderr } = await run(['collect'], { folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: Folders of assets do not exist:\n {2}.*\/more\nCreate them \(/);
  });

  test('fills STATIC_ROOT, and tells how much was made and saved', async () => {
    const { folder, root } = await assetSite({
      'static/a.css': LONG,
      'more/b.txt': 'b',
      'more/a.css': 'hidden',
    });
    const first = await run(['collect'], { folder });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /^2 files written, 0 unchanged\n1 file hidden by others with the same name \(see --verbose\)\n.* of text compressed to .* \(9\d % less\)\n$/,
    );
    expect(readManifest(root)?.assets.size).toBe(2);
    expect((await run(['collect'], { folder })).stdout).toMatch(/^0 files written, 2 unchanged\n/);
  });

  test('with --json tells the same to programs', async () => {
    const { folder } = await assetSite({ 'static/a.css': LONG });
    symlinkSync('/nowhere', join(folder, 'static/broken.css'));
    mkdirSync(join(folder, 'more'));
    const { code, stdout } = await run(['collect', '--json'], { folder });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ dryRun: false, digest: expect.stringMatching(/^[0-9a-f]{12}$/), made: ['a.css'], unchanged: 0 },
      ...{ changed: [], pruned: [], pages: [], hidden: [], warnings: [] },
      skipped: [{ file: join(folder, 'static/broken.css') }],
      sizes: { bytes: LONG.length, compressible: { plain: LONG.length } },
    });
  });

  test('with --dry-run lists what would be made, and makes nothing', async () => {
    const { folder, root } = await assetSite({
      'static/a.css': 'a{}',
      'static/b.css': 'b{}',
      'more/c.css': '',
    });
    const { stdout } = await run(['collect', '--dry-run'], { folder });
    expect(stdout).toBe('a.css\nb.css\nc.css\n3 files would be written, 0 unchanged\n');
    expect(existsSync(root)).toBe(false);
  });

  test('with --clean, and with --prune, removes files of earlier sets', async () => {
    const { folder, root, write } = await assetSite({ 'static/a.css': 'a{}', 'more/b.css': '' });
    await run(['collect'], { folder });
    const old = readManifest(root)?.assets.get('a.css')?.digestedPath ?? '';
    write({ 'static/a.css': 'b{}' });
    expect((await run(['collect', '--prune', '30d'], { folder })).stdout).not.toContain('removed');
    expect(existsSync(join(root, old))).toBe(true);
    expect((await run(['collect', '--clean'], { folder })).stdout).toContain(
      '1 file of earlier runs removed',
    );
    expect(existsSync(join(root, old))).toBe(false);
  });

  test.each(['soon', '3', '-1d', '1w'])('refuses the age %s', async (age) => {
    const { folder } = await assetSite({ 'static/a.css': 'a{}' });
    const { code, stderr } = await run(['collect', `--prune=${age}`], { folder });
    expect([code, stderr]).toEqual([2, expect.stringContaining('Expected a number and a unit')]);
  });

  test('lists every reference that leads nowhere, and exits with 1', async () => {
    const { folder, root } = await assetSite({
      'static/a.css': '@import "gone.css";',
      'more/b.css': 'b{c:url(x.png)}',
    });
    const outcome = await run(['collect', '--json'], { folder });
    expect(outcome.code).toBe(1);
    expect(errorIn(outcome)).toMatchObject({
      code: 'ERR_ASSET_REFERENCES',
      missing: [
        { file: join(folder, 'static/a.css'), line: 1, column: 9, url: 'gone.css', logicalPath: 'gone.css' },
        { file: join(folder, 'more/b.css'), url: 'x.png' },
      ],
    });
    expect(existsSync(root)).toBe(false);
  });

  test('without assets in the configuration, or in a folder of somebody else, is wrong use', async () => {
    const { folder } = await siteFolder();
    const none = await run(['collect', '--json'], { folder });
    expect([none.code, errorIn(none).code]).toEqual([2, 'ERR_OPTIONS']);
    const site = await assetSite({ 'static/a.css': '', 'collected/theirs.txt': 'theirs' });
    const foreign = await run(['collect', '--clean', '--json'], { folder: site.folder });
    expect([foreign.code, errorIn(foreign).code]).toEqual([2, 'ERR_STATIC_ROOT_FOREIGN']);
    expect(readFileSync(join(site.root, 'theirs.txt'), 'utf8')).toBe('theirs');
  });

  test('deletes the pages that show a changed asset, and no others', async () => {
    const site = await assetSite({ 'static/a.css': 'a{}', 'static/b.css': 'b{}', 'more/c.css': '' });
    await run(['collect'], { folder: site.folder });
    const { dirs, root } = { dirs: [join(site.folder, 'static')], root: site.root };
    const { webRoot, request, visit } = await startSite(
      (app, pages) => {
        const { assetUrl } = assets({ dirs, root, mode: 'production', pages, logger: false });
        for (const name of ['a', 'b'])
          app.get(
            `/${name}`,
            (_request, response) => void response.send(`<link href="${assetUrl(`${name}.css`)}">`),
          );
      },
      { webRoot: site.webRoot },
    );
    for (const path of ['/a', '/b']) expect((await visit(path)).outcome).toBe('stored');
    const before = (await request('/a')).body;
    site.write({ 'static/a.css': 'changed{}' });
    const { stdout } = await run(['collect'], { folder: site.folder });
    expect(stdout).toContain('1 page deleted because they referred to changed assets');
    expect((await request('/b')).cache).toBe('staticgenerator; hit');
    const after = await visit('/a');
    expect(after).toMatchObject({ outcome: 'stored', cache: 'staticgenerator; fwd=uri-miss' });
    expect(after.body).not.toBe(before);
    // A page that a visitor still has open keeps working.
    const old = /static\/([^"]+)"/.exec(before)?.[1] ?? '';
    expect(readFileSync(join(root, old), 'utf8')).toBe('a{}');
    expect(webRoot).toBe(site.webRoot);
  });

  test('with --no-invalidate leaves them to the next collect', async () => {
    const site = await assetSite({ 'static/a.css': 'a{}', 'more/c.css': '' });
    await run(['collect'], { folder: site.folder });
    const { request, visit } = await startSite(
      (app, pages) =>
        app.use((_request, response) => {
          pages.tag('asset:a.css');
          response.send('page');
        }),
      { webRoot: site.webRoot },
    );
    await visit('/page');
    site.write({ 'static/a.css': 'changed{}' });
    expect((await run(['collect', '--no-invalidate'], { folder: site.folder })).stdout).not.toContain(
      'deleted',
    );
    expect((await request('/page')).cache).toBe('staticgenerator; hit');
    expect((await run(['collect'], { folder: site.folder })).stdout).toContain('1 page deleted');
    expect((await run(['collect'], { folder: site.folder })).stdout).not.toContain('deleted');
  });
});

describe('find', () => {
  test('lists every place that has the name, the one that is served first', async () => {
    const { folder } = await assetSite({ 'static/css/a.css': 'a{}', 'more/css/a.css': 'hidden{}' });
    const { code, stdout } = await run(['find', 'css/a.css'], { folder });
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${join(folder, 'static/css/a.css')}  3 B\n${join(folder, 'more/css/a.css')}  8 B  hidden\n`,
    );
    const { stdout: json } = await run(['find', 'css/a.css', '--json'], { folder });
    expect(JSON.parse(json)).toMatchObject({
      name: 'css/a.css',
      found: [{ folder: join(folder, 'static'), bytes: 3 }, { folder: join(folder, 'more') }],
    });
  });

  test('of a name that is nowhere names the nearest, and exits with 1', async () => {
    const { folder } = await assetSite({ 'static/css/site.css': '', 'more/a': '' });
    const outcome = await run(['find', 'css/sit.css', '--json'], { folder });
    expect(outcome.code).toBe(1);
    expect(errorIn(outcome)).toMatchObject({ code: 'ERR_ASSET_UNKNOWN', nearest: ['css/site.css'] });
  });
});
