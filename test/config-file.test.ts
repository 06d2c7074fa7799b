import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { configFileNames } from '../src/config-file.js';
import { runJob } from './helpers/process/jobs.js';
import { temporaryFolder } from './helpers/temporary.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Loads in a plain Node: the test runner has its own module loader, which would read TypeScript too. */
const job = {
  module: new URL('helpers/process/config-file-job.mjs', import.meta.url).href,
  name: 'tellConfig',
};

interface Told {
  readonly file?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly code?: string;
  readonly message?: string;
  readonly path?: string;
  readonly cause?: string;
}

async function load({
  cwd,
  named = '',
  folder = '',
  isQuiet = true,
}: {
  cwd: string;
  named?: string;
  folder?: string;
  isQuiet?: boolean;
}): Promise<Told> {
  const { PATH } = process.env;
  const words = [named, folder];
  const { stdout, stderr } = await runJob({ ...job, words, folder: cwd, environment: { PATH } });
  if (isQuiet) expect(stderr).toBe('');
  return JSON.parse(stdout);
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

const ESM = 'export default { urls: [/^\\/$/] };\n';
const urls = ['/^\\/$/'];

describe('the options are read from', () => {
  test.each([
    [
      'TypeScript',
      'staticgenerator.config.ts',
      'const urls: readonly RegExp[] = [/^\\/$/];\nexport default { urls } satisfies object;\n',
      urls,
    ],
    ['an ES module in .mjs', 'staticgenerator.config.mjs', ESM, urls],
    ['an ES module in .js', 'staticgenerator.config.js', ESM, urls],
    ['a CommonJS module', 'staticgenerator.config.js', 'module.exports = { urls: [/^\\/$/] };\n', urls],
    [
      'a CommonJS module in .cjs, whatever the package says',
      'staticgenerator.config.cjs',
      'module.exports = { urls: [/^\\/$/] }; // no export default\n',
      urls,
    ],
    [
      'CommonJS in TypeScript',
      'staticgenerator.config.ts',
      'const urls: RegExp[] = [/^\\/$/];\nmodule.exports = { urls };\n',
      urls,
    ],
    [
      'a module that was compiled to CommonJS',
      'staticgenerator.config.js',
      'Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = { urls: [/^\\/$/] };\n',
      urls,
    ],
    ['JSON', 'staticgenerator.config.json', '{ "urls": ["^/$"] }', ['^/$']],
  ])('%s', async (_, name, content, expected) => {
    // Without a "type", only new versions of Node take .js for an ES module.
    const type = content.includes('export default') ? 'module' : 'commonjs';
    const folder = await folderWith({ [name]: content, 'package.json': JSON.stringify({ type }) });
    expect(await load({ cwd: folder })).toEqual({ file: join(folder, name), options: { urls: expected } });
  });

  test('TypeScript that Node has to leave to a translator', async () => {
    const content = "enum Url { home = '^/$' }\nexport default { urls: [Url.home] };\n";
    const folder = await folderWith({ 'staticgenerator.config.ts': content });
    expect((await load({ cwd: folder })).options).toEqual({ urls: ['^/$'] });
  });

  test('TypeScript that exports in a package of CommonJS modules', async () => {
    const folder = await folderWith({
      'staticgenerator.config.ts': 'const urls: RegExp[] = [/^\\/$/];\nexport default { urls };\n',
      'package.json': '{ "type": "commonjs" }',
    });
    // New releases of Node write a warning to standard error before they give up.
    expect((await load({ cwd: folder, isQuiet: false })).options).toEqual({ urls });
  });

  test('TypeScript that imports TypeScript by the name of what it is compiled to', async () => {
    const folder = await folderWith({
      'staticgenerator.config.ts': "import { urls } from './urls.js';\nexport default { urls };\n",
      'urls.ts': "export const urls: string[] = ['^/$'];\n",
    });
    expect((await load({ cwd: folder })).options).toEqual({ urls: ['^/$'] });
  });

  test.each(['ts', 'mjs'])('a .%s module that imports defineConfig from the package', async (extension) => {
    const folder = await folderWith({
      [`staticgenerator.config.${extension}`]:
        "import { defineConfig } from 'staticgenerator';\nexport default defineConfig({ urls: [/^\\/$/], app: () => import('./app.js') });\n",
    });
    await mkdir(join(folder, 'node_modules'));
    await symlink(root, join(folder, 'node_modules/staticgenerator'));
    expect((await load({ cwd: folder })).options).toEqual({ urls, app: 'function' });
  });

  test('a module that awaits at its top level', async () => {
    const folder = await folderWith({
      'staticgenerator.config.mjs': 'export default await Promise.resolve({ urls: [] });\n',
    });
    expect((await load({ cwd: folder })).options).toEqual({ urls: [] });
  });

  test('a file with characters that a URL has to escape', async () => {
    const folder = await folderWith({ 'a b#%ü?/staticgenerator.config.mjs': ESM });
    expect((await load({ cwd: join(folder, 'a b#%ü?') })).options).toEqual({ urls });
  });
});

describe('the file is looked for', () => {
  test('in the working directory, and in no folder above it', async () => {
    const folder = await folderWith({ 'staticgenerator.config.mjs': ESM, 'inner/other.txt': '' });
    const { code, message, path } = await load({ cwd: join(folder, 'inner') });
    expect({ code, path }).toEqual({ code: 'ERR_CONFIG_FILE', path: join(folder, 'inner') });
    for (const name of configFileNames) expect(message).toContain(name);
    expect(message).toContain(join(folder, 'inner'));
    expect(message).toContain('--config <file>');
  });

  test('in the folder that is given', async () => {
    const folder = await folderWith({ 'staticgenerator.config.mjs': ESM });
    expect((await load({ cwd: root, folder })).file).toBe(join(folder, 'staticgenerator.config.mjs'));
  });

  test('under any name that is given, which starts at the working directory', async () => {
    const folder = await folderWith({ 'staticgenerator.config.json': '{}', 'settings/site.mjs': ESM });
    expect(await load({ cwd: folder, named: 'settings/site.mjs' })).toEqual({
      file: join(folder, 'settings/site.mjs'),
      options: { urls },
    });
    expect((await load({ cwd: root, named: join(folder, 'settings/site.mjs') })).options).toEqual({ urls });
  });

  test('and two of them are one too many', async () => {
    const folder = await folderWith({
      'staticgenerator.config.ts': ESM,
      'staticgenerator.config.json': '{}',
    });
    const { code, message } = await load({ cwd: folder });
    expect(code).toBe('ERR_CONFIG_FILE');
    expect(message).toContain(
      `${folder}/staticgenerator.config.ts and ${folder}/staticgenerator.config.json`,
    );
    expect((await load({ cwd: folder, named: 'staticgenerator.config.json' })).options).toEqual({});
  });

  test('and a folder of that name is none', async () => {
    const folder = await folderWith({ 'staticgenerator.config.ts/index.ts': ESM });
    expect((await load({ cwd: folder })).message).toContain('found none');
  });
});

describe('ERR_CONFIG_FILE names the file', () => {
  test.each([
    [
      'that is not there',
      'absent.mjs',
      undefined,
      /^Expected a configuration file at .*absent\.mjs, found none$/,
    ],
    [
      'whose extension is unknown',
      'site.yaml',
      'urls: []',
      /^Expected the configuration file to end in \.ts, \.js, \.mjs, \.cjs, \.json, got .*site\.yaml$/,
    ],
    [
      'without a default export',
      'site.mjs',
      'export const urls = [];',
      /site\.mjs to have a default export, found none/,
    ],
    [
      'without a default export, in TypeScript',
      'site.ts',
      'export const urls: string[] = [];',
      /site\.ts to have a default export, found none/,
    ],
    [
      'that exports a function',
      'site.mjs',
      'export default () => ({});',
      /default export of .*site\.mjs to be an object of options, got a function$/,
    ],
    [
      'that exports a promise',
      'site.mjs',
      'export default Promise.resolve({});',
      /got a promise; a module may use await at its top level$/,
    ],
    ['that exports an array', 'site.mjs', 'export default [];', /got an array$/],
    ['that exports null', 'site.mjs', 'export default null;', /got null$/],
    ['that exports a text', 'site.mjs', 'export default "urls";', /got a string$/],
    [
      'whose JSON is no object',
      'site.json',
      '[]',
      /^Expected .*site\.json to be an object of options, got an array$/,
    ],
    ['whose JSON is broken', 'site.json', '{ "urls": [ }', /site\.json could not be loaded: .*JSON/],
    [
      'whose module is not there',
      'site.mjs',
      "import './absent.js';",
      /site\.mjs could not be loaded: Cannot find module .*absent\.js/,
    ],
    [
      'whose module is not there, in TypeScript',
      'site.ts',
      "import './absent.js';",
      /site\.ts could not be loaded: Cannot find module .*absent\.js/,
    ],
    ['that throws what is no error', 'site.mjs', "throw 'sorry';", /site\.mjs could not be loaded: sorry$/],
    [
      'that throws',
      'site.mjs',
      '\nnull.urls;',
      /site\.mjs could not be loaded: .*null.*\n {2}at .*site\.mjs:2:6/,
    ],
    [
      'that throws, in TypeScript',
      'site.ts',
      '\nconst none: any = null;\nnone.urls;',
      /site\.ts could not be loaded: .*null.*\n {2}at .*site\.ts:3:6/,
    ],
    [
      'and the line of a syntax error',
      'site.mjs',
      'export default {\n  urls [],\n};',
      /site\.mjs could not be loaded: Unexpected .*\n {2}.*site\.mjs:2\n {4}urls \[\],\n +\^/,
    ],
    [
      'and the line of a syntax error, in TypeScript',
      'site.ts',
      'const urls: = [];',
      /site\.ts could not be loaded: (?:.|\n)*site\.ts:1/,
    ],
  ])('%s', async (_, name, content, message) => {
    const folder = await folderWith(content === undefined ? {} : { [name]: content });
    const told = await load({ cwd: folder, named: name });
    expect(told).toMatchObject({ code: 'ERR_CONFIG_FILE', path: join(folder, name) });
    expect(told.message).toMatch(message);
  });
});
