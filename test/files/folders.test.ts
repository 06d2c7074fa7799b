import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isInside, makeFolder, pruneFolders, renameInto, unlinkIfThere } from '../../src/files/folders.js';
import { PATIENCE_MS } from '../helpers/patience.js';
import { temporaryFolder } from '../helpers/temporary.js';

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

/** Sets the umask of this process, as an administrator's service file would, until the test has finished. */
function setUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => {
    process.umask(before);
  });
}

describe('a file is inside a folder', () => {
  test.each([
    ['/www', '/www/a'],
    ['/www', '/www/a/b.html'],
    ['/www/', '/www/a'],
    ['/www', '/www//a'],
    ['/', '/a'],
    ['/www', '/www/..a'],
    ['/www', '/www/a..'],
  ])('%s: %s', (folder, file) => {
    expect(isInside(folder, file)).toBe(true);
  });

  test.each([
    ['/www', '/www'],
    ['/www', '/www/'],
    ['/www', '/www-evil/a'],
    ['/www', '/wwwa'],
    ['/www', '/ww/a'],
    ['/www', '/a'],
    ['/www', '/'],
    ['/www/blog', '/www/a'],
    ['/www', '/www/../etc/passwd'],
    ['/www', '/www/a/../../etc/passwd'],
    ['/www', '/www/..'],
    ['/www', '/www/a/..'],
    ['/www', '/www/./a'],
    ['/www', '/www/.'],
    ['/www/..', '/a'],
    ['/', '/'],
    ['/www', ''],
  ])('but not %s: %s', (folder, file) => {
    expect(isInside(folder, file)).toBe(false);
  });
});

describe('a folder that is made', () => {
  test.each([0o000, 0o022, 0o077, 0o777])(
    'has mode 0755, with those above it, under the umask %i',
    async (mask) => {
      const root = await temporaryFolder();
      // Without permission to enter the new folder, every user except root would fail halfway.
      setUmask(process.getuid?.() === 0 ? mask : mask & 0o077);
      makeFolder(join(root, 'a/b/c'));
      for (const path of ['a', 'a/b', 'a/b/c']) expect(await modeOf(join(root, path))).toBe('755');
    },
  );

  test('leaves the modes of those that were there', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'a'));
    await chmod(join(root, 'a'), 0o700);
    makeFolder(join(root, 'a/b'));
    makeFolder(join(root, 'a/b'));
    expect(await modeOf(root)).toBe('700');
    expect(await modeOf(join(root, 'a'))).toBe('700');
    expect(await modeOf(join(root, 'a/b'))).toBe('755');
  });

  test.skipIf(process.platform !== 'linux')('is refused at once where the system makes none', () => {
    // Runs in its own process, because an endless loop cannot be interrupted.
    const program = `import { makeFolder } from './dist/files/folders.js'; makeFolder('/proc/none/a/b');`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      timeout: PATIENCE_MS,
      encoding: 'utf8',
    });
    expect(child.error).toBeUndefined();
    expect(child.stderr).toContain("ENOENT: no such file or directory, mkdir '/proc/none'");
  });

  test('has the mode that is asked for, and those above it 0755', async () => {
    const root = await temporaryFolder();
    setUmask(0o077);
    makeFolder(join(root, 'a/b'), 0o700);
    expect([await modeOf(join(root, 'a')), await modeOf(join(root, 'a/b'))]).toEqual(['755', '700']);
  });

  test('is refused where a file is in the way', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'a'), '');
    expect(() => makeFolder(join(root, 'a'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(() => makeFolder(join(root, 'a/b'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  });
});

describe('a rename', () => {
  test('makes the folders that it needs', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'new'), 'content');
    setUmask(0o077);
    renameInto(join(root, 'new'), join(root, 'a/b/page.html'));
    expect(await readFile(join(root, 'a/b/page.html'), 'utf8')).toBe('content');
    expect(existsSync(join(root, 'new'))).toBe(false);
    expect(await modeOf(join(root, 'a/b'))).toBe('755');
  });

  test('replaces a file', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'new'), 'new');
    await writeFile(join(root, 'page.html'), 'old');
    renameInto(join(root, 'new'), join(root, 'page.html'));
    expect(await readFile(join(root, 'page.html'), 'utf8')).toBe('new');
  });

  test('makes a folder anew that was pruned since the last one', async () => {
    const root = await temporaryFolder();
    for (const content of ['first', 'second']) {
      await writeFile(join(root, 'new'), content);
      renameInto(join(root, 'new'), join(root, 'a/b/page.html'));
      expect(await readFile(join(root, 'a/b/page.html'), 'utf8')).toBe(content);
      unlinkIfThere(join(root, 'a/b/page.html'));
      pruneFolders(join(root, 'a/b'), root);
      expect(existsSync(join(root, 'a'))).toBe(false);
    }
  });

  test('of a file that is not there fails in the end', async () => {
    const root = await temporaryFolder();
    expect(() => renameInto(join(root, 'new'), join(root, 'a'))).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  test('onto a folder fails and leaves both', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'new'), '');
    await mkdir(join(root, 'page.html'));
    expect(() => renameInto(join(root, 'new'), join(root, 'page.html'))).toThrow(
      expect.objectContaining({ code: 'EISDIR' }),
    );
    expect((await readdir(root)).sort()).toEqual(['new', 'page.html']);
  });

  test('through a file fails', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'new'), '');
    await writeFile(join(root, 'a'), '');
    expect(() => renameInto(join(root, 'new'), join(root, 'a/b'))).toThrow(
      expect.objectContaining({ code: 'ENOTDIR' }),
    );
  });
});

describe('removing a file', () => {
  test('tells whether there was one', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'a'), '');
    expect(unlinkIfThere(join(root, 'a'))).toBe(true);
    expect(unlinkIfThere(join(root, 'a'))).toBe(false);
    expect(unlinkIfThere(join(root, 'missing/a'))).toBe(false);
  });

  test('through a file finds none, and leaves that file', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'a'), '');
    expect(unlinkIfThere(join(root, 'a/b'))).toBe(false);
    expect(existsSync(join(root, 'a'))).toBe(true);
  });

  test('removes a symbolic link, not what it leads to', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'target'), '');
    await symlink(join(root, 'target'), join(root, 'link'));
    expect(unlinkIfThere(join(root, 'link'))).toBe(true);
    expect(existsSync(join(root, 'target'))).toBe(true);
  });

  test('fails for a folder', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'a'));
    expect(() => unlinkIfThere(join(root, 'a'))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(?:EISDIR|EPERM)$/) }),
    );
    expect(existsSync(join(root, 'a'))).toBe(true);
  });
});

describe('pruning', () => {
  test('removes empty folders upwards, and never the root', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'a/b/c'), { recursive: true });
    pruneFolders(join(root, 'a/b/c'), root);
    expect(await readdir(root)).toEqual([]);
    pruneFolders(root, root);
    expect(existsSync(root)).toBe(true);
  });

  test('stops at a folder that holds something', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'a/b/c'), { recursive: true });
    await writeFile(join(root, 'a/page.html'), '');
    pruneFolders(join(root, 'a/b/c'), root);
    expect(await readdir(join(root, 'a'))).toEqual(['page.html']);
    pruneFolders(join(root, 'a'), root);
    expect(await readdir(join(root, 'a'))).toEqual(['page.html']);
  });

  test('goes on above a folder that is gone already', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'a/b'), { recursive: true });
    pruneFolders(join(root, 'a/b/c/d'), root);
    expect(await readdir(root)).toEqual([]);
  });

  test('stops, silently, at what is no folder', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'a/b'), { recursive: true });
    await symlink(join(root, 'a/b'), join(root, 'a/link'));
    pruneFolders(join(root, 'a/link'), root);
    expect((await readdir(join(root, 'a'))).sort()).toEqual(['b', 'link']);
  });

  test('touches nothing outside the root', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'www'));
    await mkdir(join(root, 'www-other/a'), { recursive: true });
    pruneFolders(join(root, 'www-other/a'), join(root, 'www'));
    pruneFolders(join(root, 'www/../www-other/a'), join(root, 'www'));
    pruneFolders(root, join(root, 'www'));
    expect((await readdir(root)).sort()).toEqual(['www', 'www-other']);
    expect(await readdir(join(root, 'www-other'))).toEqual(['a']);
  });
});
