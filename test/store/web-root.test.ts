import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StaticGeneratorError } from '../../src/errors.js';
import { pageOfFile } from '../../src/page/layout.js';
import { locateWebRoot, prepareWebRoot } from '../../src/store/web-root.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { UnprivilegedProcess } from './unprivileged.js';

const STATE = '.staticgenerator';
const MARKER = `${STATE}/marker.json`;

function errorOf(action: () => unknown): StaticGeneratorError {
  try {
    action();
  } catch (error) {
    if (error instanceof StaticGeneratorError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

describe('the parts of WEB_ROOT', () => {
  test('lie in private folders, in which no page can be', () => {
    expect(locateWebRoot('/var/www/blog')).toEqual({
      path: '/var/www/blog',
      stateFolder: '/var/www/blog/.staticgenerator',
      temporaryFolder: '/var/www/blog/.staticgenerator/tmp',
      nodeOnlyFolder: '.staticgenerator/node-only',
      ledgerFile: '/var/www/blog/.staticgenerator/ledger.sqlite',
      termFolder: '/var/www/blog/.term',
    });
    for (const file of ['.staticgenerator/a.html', '.term/a.html']) expect(pageOfFile(file)).toBeUndefined();
  });
});

describe('at first use, WEB_ROOT', () => {
  test.each([0o022, 0o077])(
    'that is absent is made, with the folders above it, under the umask %i',
    async (mask) => {
      const root = join(await temporaryFolder(), 'var/www/blog');
      const before = process.umask(mask);
      onTestFinished(() => {
        process.umask(before);
      });
      prepareWebRoot(locateWebRoot(root));
      for (const folder of [root, join(root, '..'), join(root, '../..')])
        expect(await modeOf(folder)).toBe('755');
      expect(await modeOf(join(root, STATE))).toBe('700');
      expect(await modeOf(join(root, STATE, 'tmp'))).toBe('700');
      expect(await modeOf(join(root, MARKER))).toBe('600');
      expect(JSON.parse(await readFile(join(root, MARKER), 'utf8'))).toEqual({
        application: 'staticgenerator',
        layout: 1,
      });
    },
  );

  test('that is empty is taken, and keeps its mode', async () => {
    const root = await temporaryFolder();
    await chmod(root, 0o711);
    prepareWebRoot(locateWebRoot(root));
    expect(await readdir(root)).toEqual([STATE]);
    expect(await modeOf(root)).toBe('711');
  });

  test('may be a file system of its own, with lost+found', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'lost+found'));
    prepareWebRoot(locateWebRoot(root));
    expect((await readdir(root)).sort()).toEqual([STATE, 'lost+found']);
  });

  test('may be a symbolic link to an empty folder', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'target'));
    await symlink(join(folder, 'target'), join(folder, 'link'));
    prepareWebRoot(locateWebRoot(join(folder, 'link')));
    expect(await readdir(join(folder, 'target'))).toEqual([STATE]);
  });

  test('may have been begun by a process that died before it wrote the marker', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, STATE, 'tmp'), { recursive: true });
    prepareWebRoot(locateWebRoot(root));
    expect(existsSync(join(root, MARKER))).toBe(true);
  });

  test.each<[string, string[]]>([
    ['somebody has put a page in', ['index.html']],
    ['somebody has put a hidden file in', ['.htaccess']],
    ['somebody has put a folder in', ['uploads']],
    ['somebody uses with another name like ours', ['.staticgenerator2']],
  ])('that %s is refused, and left as it is', async (_, names) => {
    const root = await temporaryFolder();
    for (const name of names)
      await (name.includes('.') ? writeFile(join(root, name), 'mine') : mkdir(join(root, name)));
    const error = errorOf(() => prepareWebRoot(locateWebRoot(root)));
    expect(error).toMatchObject({ code: 'ERR_WEB_ROOT_FOREIGN', path: root, fields: { found: names } });
    expect(error.message).toBe(
      `Expected WEB_ROOT ${root} to be empty or absent at first use, found ${names.join(', ')}. It can hold only pages: choose a folder of its own, such as ${root}/pages`,
    );
    expect(await readdir(root)).toEqual(names);
  });

  test('that holds much is refused with the first three names', async () => {
    const root = await temporaryFolder();
    for (let file = 0; file < 12; file += 1) await writeFile(join(root, `${file}.txt`), '');
    const error = errorOf(() => prepareWebRoot(locateWebRoot(root)));
    expect(error.message).toMatch(/ found [^,]+, [^,]+, [^,]+, …\. /);
    expect(error.fields.found).toHaveLength(10);
  });

  test('that holds three things is refused with all three', async () => {
    const root = await temporaryFolder();
    for (const name of ['a', 'b', 'c']) await writeFile(join(root, name), '');
    expect(errorOf(() => prepareWebRoot(locateWebRoot(root))).message).toContain('found a, b, c. It');
  });
});

describe('later on, WEB_ROOT', () => {
  test('is taken with whatever is in it', async () => {
    const root = await temporaryFolder();
    const webRoot = locateWebRoot(root);
    prepareWebRoot(webRoot);
    await writeFile(join(root, 'index.html'), 'page');
    const marker = await stat(join(root, MARKER));
    prepareWebRoot(webRoot);
    expect(await readFile(join(root, 'index.html'), 'utf8')).toBe('page');
    expect((await stat(join(root, MARKER))).ino).toBe(marker.ino);
  });

  test('gets back a folder for temporary files that somebody removed', async () => {
    const root = await temporaryFolder();
    const webRoot = locateWebRoot(root);
    await mkdir(join(root, STATE));
    prepareWebRoot(webRoot);
    expect(await modeOf(webRoot.temporaryFolder)).toBe('700');
  });

  test('of which the private folder was removed is foreign, if pages are left', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'blog.page.html'), 'page');
    expect(errorOf(() => prepareWebRoot(locateWebRoot(root))).code).toBe('ERR_WEB_ROOT_FOREIGN');
  });

  test.each([
    ['another layout', `${JSON.stringify({ application: 'staticgenerator', layout: 2 })}\n`],
    ['another application', `${JSON.stringify({ application: 'other', layout: 1 })}\n`],
    ['nothing', ''],
    ['something else', 'hello'],
  ])('with a marker of %s is refused, and left as it is', async (_, marker) => {
    const root = await temporaryFolder();
    await mkdir(join(root, STATE));
    await writeFile(join(root, MARKER), marker);
    await writeFile(join(root, 'index.html'), 'page');
    const error = errorOf(() => prepareWebRoot(locateWebRoot(root)));
    expect(error.code).toBe('ERR_WEB_ROOT_UNUSABLE');
    expect(error.message).toContain(basename(MARKER));
    expect(await readFile(join(root, MARKER), 'utf8')).toBe(marker);
    expect((await readdir(root)).sort()).toEqual([STATE, 'index.html']);
  });
});

describe('WEB_ROOT cannot be used', () => {
  const unprivileged = new UnprivilegedProcess();

  test.each([
    ['is a file', 'file', 'EEXIST'],
    ['is below a file', 'file/pages', 'ENOTDIR'],
    ['is a link to nowhere', 'link', 'ENOENT'],
  ])('if it %s', async (_, name, code) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await symlink(join(folder, 'nowhere'), join(folder, 'link'));
    const path = join(folder, name);
    const error = errorOf(() => prepareWebRoot(locateWebRoot(path)));
    expect(error).toMatchObject({ code: 'ERR_WEB_ROOT_UNUSABLE', path, cause: { code } });
    expect(error.message).toBe(
      `Expected WEB_ROOT ${path} to be a folder that this process can read and write (${code}). Create the folder, and make the user that runs the app its owner`,
    );
  });

  test('if the private folder is a file', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, STATE), '');
    expect(errorOf(() => prepareWebRoot(locateWebRoot(root))).code).toBe('ERR_WEB_ROOT_UNUSABLE');
  });

  test.each<[string, number, number]>([
    ['may not be written', 0o555, 0o755],
    ['may not be read', 0o333, 0o755],
    ['may not be entered', 0o666, 0o755],
    ['is in a folder that may not be entered', 0o755, 0o000],
  ])('if it %s', async (_, mode, modeAbove) => {
    const above = join(await unprivileged.folder(), 'above');
    const root = join(above, 'pages');
    await unprivileged.do('prepare', { path: root });
    await chmod(root, mode);
    await chmod(above, modeAbove);
    onTestFinished(() => chmod(above, 0o755).then(() => chmod(root, 0o755)));
    const outcome = await unprivileged.do('prepare', { path: root });
    expect(outcome).toMatchObject({ code: 'ERR_WEB_ROOT_UNUSABLE', cause: 'EACCES' });
  });

  test('if it belongs to somebody else, which is no foreign folder', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('only root can give a folder to somebody else');
    const root = await temporaryFolder();
    await chmod(root, 0o755);
    prepareWebRoot(locateWebRoot(root));
    await writeFile(join(root, 'index.html'), 'page');
    expect(await unprivileged.do('prepare', { path: root })).toMatchObject({
      code: 'ERR_WEB_ROOT_UNUSABLE',
      cause: 'EACCES',
    });
  });
});
