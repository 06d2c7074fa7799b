import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inTurn } from '../../../src/assets/collect/turn.js';
import { digestedName } from '../../../src/assets/digest.js';
import { manifestFile } from '../../../src/assets/manifest.js';
import { locateStaticRoot } from '../../../src/assets/static-root.js';
import { type AssetFolders, assetFolders } from './collected-files.js';

const LONG = 'a { color: red; }\n'.repeat(200);

/** Returns every served file, by its name in STATIC_ROOT. */
function filesIn({ root }: AssetFolders): Map<string, Buffer> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('.staticgenerator'));
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(root.length + 1), readFileSync(file)] as const),
  );
}

describe('a collected file', () => {
  test('lies under its name with a digest before the last extension, and under its plain one', async () => {
    const folders = await assetFolders({ 'a/b.css.map': '{}', plain: 'text', 'äö/größe 1.png': 'x' });
    await folders.collect();
    for (const name of ['a/b.css.map', 'plain', 'äö/größe 1.png']) {
      const digested = folders.nameOf(name);
      expect(digested).toMatch(digestedName);
      expect(readFileSync(join(folders.root, name))).toEqual(folders.bytes(name));
    }
    expect(folders.nameOf('a/b.css.map')).toMatch(/^a\/b\.css\.[0-9a-f]{12}\.map$/);
    expect(folders.nameOf('plain')).toMatch(/^plain\.[0-9a-f]{12}$/);
  });

  test('has a gzip and a brotli coding where they are worth it, and both or none', async () => {
    const folders = await assetFolders({ 'long.css': LONG, 'short.css': 'a{}', 'noise.png': LONG });
    const { assets } = await folders.collect();
    const name = folders.nameOf('long.css');
    for (const plain of ['long.css', name]) {
      expect(gunzipSync(readFileSync(join(folders.root, `${plain}.gz`))).toString()).toBe(LONG);
      expect(brotliDecompressSync(readFileSync(join(folders.root, `${plain}.br`))).toString()).toBe(LONG);
    }
    const files = [...filesIn(folders).keys()].filter((file) => /\.(?:gz|br)$/.test(file));
    expect(files).toEqual([`${name}.br`, `${name}.gz`, 'long.css.br', 'long.css.gz'].sort());
    const codings = assets.find(({ logicalPath }) => logicalPath === 'long.css')?.codings;
    expect(
      codings
        ?.map(({ coding }) => coding)
        .filter((coding) => coding !== 'zstd')
        .sort(),
    ).toEqual(['br', 'gzip']);
  });

  test('is readable for the web server, whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      const folders = await assetFolders({ 'css/site.css': LONG });
      await folders.collect();
      expect(statSync(join(folders.root, 'css')).mode & 0o777).toBe(0o755);
      for (const file of filesIn(folders).keys())
        expect(statSync(join(folders.root, file)).mode & 0o777).toBe(0o644);
    } finally {
      process.umask(before);
    }
  });

  test('is the same on every machine and at every time: names, bytes and times', async () => {
    const files = { 'b.css': '@import "a.css";', 'a.css': LONG, 'c/d.js': LONG };
    const [one, other] = [await assetFolders(files), await assetFolders(files)];
    utimesSync(join(other.folder, 'static/a.css'), 1, 1);
    await one.collect();
    await other.collect();
    expect(filesIn(other)).toEqual(filesIn(one));
    expect(readFileSync(manifestFile(other.root))).toEqual(readFileSync(manifestFile(one.root)));
    for (const file of filesIn(one).keys())
      expect(statSync(join(other.root, file)).mtimeMs).toBe(statSync(join(one.root, file)).mtimeMs);
  });
});

describe('what is collected', () => {
  test('is the first of each name; others are told of', async () => {
    const folders = await assetFolders({
      'first/a.txt': 'first',
      'second/a.txt': 'second',
      'second/b.txt': 'b',
    });
    const dirs = ['first', 'second'].map((name) => join(folders.folder, 'static', name));
    utimesSync(join(dirs[0] ?? '', 'a.txt'), 1, 1);
    const { hidden } = await folders.assets({ dirs }).collect();
    expect(folders.read('a.txt')).toBe('first');
    expect(hidden.map(({ file }) => file)).toEqual([join(dirs[1] ?? '', 'a.txt')]);
  });

  test('is nothing of what is ignored: by default hidden files, backups and version control', async () => {
    const files = {
      'a.css': '',
      '.hidden': '',
      '.well-known/security.txt': '',
      '.well-knownx': '',
      'notes/.well-known/x.txt': '',
      'CVS/b.css': '',
      'c.css~': '',
      'notes/d.txt': '',
      'e.TXT': '',
    };
    const folders = await assetFolders(files);
    await folders.collect();
    expect([...filesIn(folders).keys()].filter((name) => !digestedName.test(name))).toEqual([
      '.well-known/security.txt',
      'a.css',
      'e.TXT',
      'notes/d.txt',
    ]);
    const others = await assetFolders(files, { ignore: ['*.txt', 'CVS'] });
    await others.collect();
    const names = [...filesIn(others).keys()].filter((name) => !digestedName.test(name));
    expect(names).toEqual(['a.css', 'c.css~', 'e.TXT']);
  });

  test('is no link to nothing and no pipe, and each is told of; what is compressed is collected like any other file', async () => {
    const folders = await assetFolders({ 'a.css': LONG, 'a.css.gz': 'old' });
    symlinkSync('/nowhere', join(folders.folder, 'static/broken.css'));
    execFileSync('mkfifo', [join(folders.folder, 'static/pipe.css')]);
    const { skipped, assets } = await folders.collect();
    expect(assets.map(({ logicalPath }) => logicalPath)).toEqual(['a.css', 'a.css.gz']);
    expect(skipped.map(({ file }) => file.slice(folders.folder.length)).sort()).toEqual([
      '/static/broken.css',
      '/static/pipe.css',
    ]);
    expect(gunzipSync(readFileSync(join(folders.root, 'a.css.gz'))).toString()).toBe(LONG);
  });

  test('with --dry-run is only told: nothing is made, not even STATIC_ROOT', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}', 'b.css': 'b{}' });
    const { made, assets } = await folders.collect({ dryRun: true });
    expect(made).toEqual(['a.css', 'b.css']);
    expect(assets).toEqual([]);
    expect(existsSync(folders.root)).toBe(false);
  });
});

describe('a second collect', () => {
  test.each(['.gz', '.br'])(
    'gives a file the plain name that was the one of a coding%s, when what it was the coding of is removed',
    async (suffix) => {
      const name = `a.css${suffix}`;
      const folders = await assetFolders({ 'a.css': LONG });
      await folders.collect();
      const coding = filesIn(folders).get(name);
      folders.replace({ [name]: 'text' });
      await folders.collect();
      // Pages that were rendered earlier may still ask for a.css.
      expect(filesIn(folders).get(name)).toEqual(coding);
      await folders.collect({ clean: true });
      expect(filesIn(folders).get(name)?.toString()).toBe('text');
      expect(filesIn(folders).has('a.css')).toBe(false);
    },
  );

  test('makes what has changed, and what refers to it, and nothing else', async () => {
    const folders = await assetFolders({ 'a.css': 'a{b:url(a.png)}', 'a.png': '1', 'b.css': LONG });
    expect((await folders.collect()).made).toEqual(['a.css', 'a.png', 'b.css']);
    const inode = statSync(join(folders.root, folders.nameOf('b.css'))).ino;
    expect(await folders.collect()).toMatchObject({ made: [], changed: [] });
    folders.write({ 'a.png': '2' });
    utimesSync(join(folders.folder, 'static/b.css'), 1, 1);
    const { made, changed } = await folders.collect();
    expect([made, changed]).toEqual([
      ['a.css', 'a.png'],
      ['a.css', 'a.png'],
    ]);
    expect(statSync(join(folders.root, folders.nameOf('b.css'))).ino).toBe(inode);
    expect(readFileSync(join(folders.root, 'a.css'), 'utf8')).toBe(folders.expected('a{b:url(<<a.png>>)}'));
  });

  test('leaves the files of the first for pages that still refer to them, until they are pruned by age', async () => {
    const folders = await assetFolders({ 'a.css': LONG, 'gone.css': LONG });
    await folders.collect();
    const old = folders.nameOf('a.css');
    const gone = folders.nameOf('gone.css');
    folders.write({ 'a.css': `${LONG}b{}` });
    rmSync(join(folders.folder, 'static/gone.css'));
    expect((await folders.collect()).changed).toEqual(['a.css', 'gone.css']);
    for (const file of [old, `${old}.gz`, gone, 'gone.css'])
      expect(existsSync(join(folders.root, file)), file).toBe(true);
    expect((await folders.collect({ pruneAfterMs: 60_000 })).pruned).toEqual([]);
    expect([...(await folders.collect({ pruneAfterMs: 0 })).pruned].sort()).toEqual(
      [old, gone, 'gone.css'].sort(),
    );
    const names = ['a.css', folders.nameOf('a.css')];
    const suffixes = ['', '.br', '.gz', ...('zstdCompress' in zlib ? ['.zst'] : [])];
    expect([...filesIn(folders).keys()]).toEqual(
      names.flatMap((name) => suffixes.map((suffix) => `${name}${suffix}`)).sort(),
    );
  });

  test('with --clean removes what this one did not make, and its empty folders, and nothing of others', async () => {
    const folders = await assetFolders({ 'a/b/gone.css': 'a{}', 'a.css': 'a{}' });
    await folders.collect();
    writeFileSync(join(folders.root, 'theirs.txt'), 'theirs');
    rmSync(join(folders.folder, 'static/a'), { recursive: true });
    await folders.collect({ clean: true });
    expect([...filesIn(folders).keys()].sort()).toEqual(
      ['a.css', folders.nameOf('a.css'), 'theirs.txt'].sort(),
    );
    expect(existsSync(join(folders.root, 'a'))).toBe(false);
  });

  test.each<[string, (folders: AssetFolders) => void]>([
    ['a missing file', (folders) => rmSync(join(folders.root, folders.nameOf('a.css')))],
    [
      'a shortened coding',
      (folders) => writeFileSync(join(folders.root, `${folders.nameOf('a.css')}.gz`), 'x'),
    ],
    ['a damaged manifest', ({ root }) => writeFileSync(manifestFile(root), '{"files')],
    ['a lost journal', ({ root }) => rmSync(join(root, '.staticgenerator/journal.json'))],
    ['a plain name that is gone', ({ root }) => rmSync(join(root, 'a.css'))],
  ])('mends %s', async (_name, harm) => {
    const folders = await assetFolders({ 'a.css': LONG });
    await folders.collect();
    const before = filesIn(folders);
    harm(folders);
    await folders.collect();
    expect(filesIn(folders)).toEqual(before);
  });

  test('makes room where a file became a folder, and a folder a file', async () => {
    const folders = await assetFolders({ thing: 'a file', 'other/a.css': 'a{}' });
    await folders.collect();
    rmSync(join(folders.folder, 'static'), { recursive: true });
    folders.write({ 'thing/a.css': 'a{}', other: 'a file' });
    await folders.collect();
    expect(folders.read('thing/a.css')).toBe('a{}');
    expect(folders.read('other')).toBe('a file');
    await folders.collect({ clean: true });
    await folders.collect();
    expect(readFileSync(join(folders.root, 'other'), 'utf8')).toBe('a file');
  });
});

describe('STATIC_ROOT', () => {
  test('with files of somebody else’s is refused, and nothing of it is touched', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    mkdirSync(folders.root);
    writeFileSync(join(folders.root, 'theirs.txt'), 'theirs');
    await expect(folders.collect({ clean: true })).rejects.toMatchObject({ code: 'ERR_STATIC_ROOT_FOREIGN' });
    expect(readdirSync(folders.root)).toEqual(['theirs.txt']);
  });

  test('that is WEB_ROOT, or another release’s, is refused', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    mkdirSync(join(folders.root, '.staticgenerator'), { recursive: true });
    writeFileSync(
      join(folders.root, '.staticgenerator/marker.json'),
      '{"application":"staticgenerator","layout":1}\n',
    );
    await expect(folders.collect()).rejects.toMatchObject({ code: 'ERR_STATIC_ROOT_UNUSABLE' });
  });

  test.each(['.', 'static', 'static/in', 'link'])(
    'within the assets, or around them, is refused: %s',
    async (root) => {
      const folders = await assetFolders({ 'a.css': 'a{}', 'in/b.css': 'b{}' });
      symlinkSync(join(folders.folder, 'static/in'), join(folders.folder, 'link'));
      const assets = folders.assets({ root: join(folders.folder, root) });
      await expect(assets.collect()).rejects.toMatchObject({ code: 'ERR_STATIC_ROOT_OVERLAP' });
    },
  );

  test('that cannot be written is refused, with its name', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    writeFileSync(folders.root, 'a file');
    await expect(folders.collect()).rejects.toMatchObject({
      code: 'ERR_STATIC_ROOT_UNUSABLE',
      message: expect.stringContaining(folders.root),
    });
  });
});

describe('several collects at once', () => {
  test('take turns: each set is whole, and the last one is that of the manifest', async () => {
    const folders = await assetFolders({ 'a.css': LONG, 'b.css': '@import "a.css";' });
    const reports = await Promise.all([folders.collect(), folders.collect(), folders.collect()]);
    expect(reports.map(({ made }) => made.length).sort()).toEqual([0, 0, 2]);
    expect(folders.read('b.css')).toBe(folders.expected('@import "<<a.css>>";'));
  });

  test('wait for one that is at work, and say so', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    await folders.collect();
    folders.write({ 'a.css': 'b{}' });
    let release = () => {};
    const held = inTurn(
      locateStaticRoot(folders.root),
      () => new Promise<void>((resolve) => (release = resolve)),
    );
    const second = folders.collect();
    await folders.logger.waitFor(({ message }) => message.startsWith('another collect is running'));
    expect(folders.read('a.css')).toBe('a{}');
    release();
    await held;
    await second;
    expect(folders.read('a.css')).toBe('b{}');
  });

  test('are not kept out by a lock of a process that died', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    await folders.collect();
    const lock = join(folders.root, '.staticgenerator/collect-lock');
    const holder = new URL('../../../dist/ledger/sqlite/file/alone.js', import.meta.url);
    const code = `import { hold } from '${holder}'; hold(${JSON.stringify(lock)}, 0); process.kill(process.pid, 'SIGKILL')`;
    expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', code])).toThrow(
      expect.objectContaining({ signal: 'SIGKILL' }),
    );
    await folders.collect();
  });
});

describe('a file that', () => {
  test.skipIf(process.getuid?.() === 0)('cannot be read is named, with all others', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    execFileSync('chmod', ['000', join(folders.folder, 'static/a.css')]);
    await expect(folders.collect()).rejects.toMatchObject({ code: 'ERR_ASSET_UNREADABLE' });
  });

  test('is changed while it is collected stops the collect, and the old set stays', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    await folders.collect();
    folders.write({ 'a.css': 'b{}' });
    const progress = { setTotal: () => folders.write({ 'a.css': 'c{}' }), advance: () => undefined };
    await expect(folders.collect({ progress })).rejects.toMatchObject({ code: 'ERR_ASSET_UNREADABLE' });
    expect(folders.read('a.css')).toBe('a{}');
    await folders.collect();
    expect(folders.read('a.css')).toBe('c{}');
  });

  test('is a plain name shares its bytes with the digested one, where the disk has links', async () => {
    const folders = await assetFolders({ 'a.css': LONG });
    await folders.collect();
    linkSync(join(folders.root, 'a.css'), join(folders.folder, 'probe'));
    expect(lstatSync(join(folders.root, 'a.css')).ino).toBe(
      lstatSync(join(folders.root, folders.nameOf('a.css'))).ino,
    );
  });
});

describe('a process in production', () => {
  test('gives the digested URL, takes over a new set, and keeps names that it lacks', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}', 'old.css': 'old{}' });
    await folders.collect();
    const production = folders.assets({ mode: 'production' });
    expect(production.assetUrl('a.css')).toBe(`/static/${folders.nameOf('a.css')}`);
    const old = production.assetUrl('old.css');
    folders.write({ 'a.css': 'b{}' });
    rmSync(join(folders.folder, 'static/old.css'));
    await folders.collect();
    expect(production.assetUrl('a.css?x#y')).toBe(`/static/${folders.nameOf('a.css')}?x#y`);
    expect(production.assetUrl('old.css')).toBe(old);
    expect(() => production.assetUrl('b.css')).toThrow(/no asset named "b\.css"\. Did you mean a\.css/);
  });

  test('does not start where nothing was collected', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    expect(() => folders.assets({ mode: 'production' })).toThrow(
      expect.objectContaining({ code: 'ERR_ASSETS_NOT_COLLECTED' }),
    );
  });
});

describe('a folder of the options that is not there', () => {
  const absent = (folders: AssetFolders) => [join(folders.folder, 'static'), join(folders.folder, 'build')];

  test('is an error that names it and says what to do, and nothing is made', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    const { folder, root } = folders;
    const collecting = folders.assets({ dirs: absent(folders) }).collect();
    await expect(collecting).rejects.toMatchObject({
      code: 'ERR_ASSET_UNREADABLE',
      fields: { path: join(folder, 'build'), files: [join(folder, 'build')] },
      message: expect.stringMatching(/do not exist:\n {2}.*\/build\n.*missing: 'warn'/),
    });
    expect(existsSync(root)).toBe(false);
  });

  test.each(['a file', 'a broken symbolic link'])('is one that is %s, too', async (what) => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    const build = join(folders.folder, 'build');
    if (what === 'a file') writeFileSync(build, '');
    else symlinkSync('nowhere', build);
    const collecting = folders.assets({ dirs: absent(folders) }).collect();
    await expect(collecting).rejects.toMatchObject({ code: 'ERR_ASSET_UNREADABLE' });
  });

  test('is a warning where the site says so, and the others are collected', async () => {
    const folders = await assetFolders({ 'a.css': 'a{}' });
    const { assets } = await folders.assets({ dirs: absent(folders), missing: 'warn' }).collect();
    expect(assets.map(({ logicalPath }) => logicalPath)).toEqual(['a.css']);
    expect(folders.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'a folder of assets does not exist' }),
    );
  });
});
