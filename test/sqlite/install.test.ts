import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeWithSqlite } from '../helpers/databases/other-driver.js';
import { isLong } from '../helpers/effort.js';
import { type Cleanup, temporaryFolder } from '../helpers/temporary.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const current = nodeWithSqlite();
/** Installing needs packages from the registry, so only long runs do it. */
const canInstall = isLong && current !== undefined;
const INSTALL_MS = 300_000;

describe.runIf(canInstall)('the package as it is published, installed in an empty folder', () => {
  let tarball: string;
  let remove: Cleanup = () => undefined;
  afterAll(() => remove());
  beforeAll(async () => {
    const folder = await temporaryFolder((cleanup) => {
      remove = cleanup;
    });
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
    });
    tarball = join(folder, packed.trim());
  }, INSTALL_MS);

  const appWith = async (node: string) => {
    const folder = await temporaryFolder();
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const options = { webRoot: join(folder, 'pages'), urls: ['^/'] };
    writeFileSync(join(folder, 'staticgenerator.config.json'), JSON.stringify(options));
    const npm = (...words: readonly string[]) =>
      spawnSync('npm', [...words, '--no-audit', '--no-fund'], { cwd: folder, env, encoding: 'utf8' });
    const open = () =>
      spawnSync(
        node,
        [
          '-e',
          `import('staticgenerator').then(({ staticGenerator }) => staticGenerator(${JSON.stringify(options)}).close())`,
        ],
        { cwd: folder, encoding: 'utf8' },
      );
    const list = () =>
      spawnSync('npx', ['staticgenerator', 'list', '--json'], { cwd: folder, env, encoding: 'utf8' });
    expect(npm('install', tarball).status).toBe(0);
    return { folder, npm, open, list };
  };

  test(
    'on a current Node runs no install script, has no native code, and works',
    async () => {
      const { folder, open, list } = await appWith(current ?? '');
      const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
        readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
      };
      expect(
        Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript === true),
      ).toEqual([]);
      const names = readdirSync(join(folder, 'node_modules'), { recursive: true, encoding: 'utf8' });
      expect(names.filter((name) => /\.node$|binding\.gyp$/.test(name))).toEqual([]);
      expect(open()).toMatchObject({ status: 0, stderr: '' });
      expect(list()).toMatchObject({ status: 0, stdout: '[\n]\n', stderr: '' });
    },
    INSTALL_MS,
  );

  test.skipIf(current === process.execPath)(
    'on a Node without SQLite says what is missing, and then what it lacks',
    async () => {
      const { folder, npm, open } = await appWith(process.execPath);
      expect(open().stderr).toContain(
        'The package better-sqlite3 is not installed: npm install better-sqlite3',
      );
      expect(npm('install', 'better-sqlite3', '--ignore-scripts').status).toBe(0);
      expect(existsSync(join(folder, 'node_modules/better-sqlite3/build'))).toBe(false);
      const { stderr } = open();
      expect(stderr).toContain('npm rebuild better-sqlite3 --ignore-scripts=false');
      expect(stderr.match(/No usable SQLite was found\. .*/)?.[0]).not.toContain('→');
    },
    INSTALL_MS,
  );
});
