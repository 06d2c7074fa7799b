import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../docs/markdown.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { packedPackage, unpackInto } from './packed.js';

const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
};

test('CommonJS requires every entry of the package, and gets what a module imports, without a warning', async () => {
  const folder = await temporaryFolder();
  unpackInto(folder, await packedPackage());
  const names = Object.keys(manifest.exports).filter((name) => name !== './package.json');
  const specifiers = names.map((name) => `staticgenerator${name.slice(1)}`);
  const script = `(async () => {
    for (const name of ${JSON.stringify(specifiers)}) {
      const [required, imported] = [require(name), await import(name)];
      if (required !== imported) throw new Error(name + ' is loaded twice');
      console.log(name, Object.keys(required).length > 0);
    }
  })();`;
  await writeFile(join(folder, 'app.cjs'), script);
  const { stdout, stderr } = spawnSync(process.execPath, ['app.cjs'], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe(specifiers.map((name) => `${name} true\n`).join(''));
});
