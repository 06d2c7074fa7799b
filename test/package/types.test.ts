import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../docs/markdown.js';
import { effort } from '../helpers/effort.js';
import { afterAllTests, temporaryFolder } from '../helpers/temporary.js';
import { packedPackage, unpackInto } from './packed.js';

/** The ways in which a site may resolve its imports, each with the matching `module`. */
const RESOLUTIONS = { nodenext: 'nodenext', node16: 'node16', bundler: 'esnext' } as const;
/** The oldest supported compiler, and the newest. */
const COMPILERS = { 'TypeScript 6': 'typescript/bin/tsc', 'TypeScript 7': 'typescript-7/bin/tsc' };

const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
};
const entries = Object.keys(manifest.exports).filter((name) => name !== './package.json');
const specifiers = entries.map((name) => `staticgenerator${name.slice(1)}`);

const USE = `
const pages: StaticGenerator = staticGenerator({ webRoot: 'www', urls: [/^\\/$/] });
pages.quickDelete('/').then(({ deleted }) => deleted.map((path) => path.length));
// @ts-expect-error the compiler knows the types of the package, and does not take them for any
staticGenerator({ webRoot: 7 });
`;

/** A module of each kind: ECMAScript, CommonJS that requires, CommonJS that imports. */
const MODULES = {
  'module.mts': `import { type StaticGenerator, staticGenerator } from 'staticgenerator';
${specifiers.map((one, index) => `import * as entry${index} from '${one}';`).join('\n')}
export const all = [${specifiers.map((_, index) => `entry${index}`).join(', ')}];
${USE}`,
  'required.cts': `import type { StaticGenerator } from 'staticgenerator' with { 'resolution-mode': 'import' };
import sg = require('staticgenerator');
${specifiers.map((one, index) => `import entry${index} = require('${one}');`).join('\n')}
export const all = [${specifiers.map((_, index) => `entry${index}`).join(', ')}];
const { staticGenerator } = sg;
${USE}`,
  'imported.cts': `import type { StaticGenerator } from 'staticgenerator' with { 'resolution-mode': 'import' };
export async function start(): Promise<void> {
  const { staticGenerator } = await import('staticgenerator');
  ${USE}
  await Promise.all([${specifiers.map((one) => `import('${one}')`).join(', ')}]);
}`,
};

/** With node16, the compiler refuses to require an ECMAScript module, because Node 16 could not. */
const NEEDS_NODENEXT = 'required.cts';

describe('the types of the package', () => {
  const atEnd = afterAllTests();
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder(atEnd);
    unpackInto(folder, await packedPackage());
    for (const [name, text] of Object.entries(MODULES)) await writeFile(join(folder, name), text);
  });

  const cases = Object.entries(COMPILERS).flatMap(([compiler, program]) =>
    Object.entries(RESOLUTIONS).map(([resolution, module]) => ({ compiler, program, resolution, module })),
  );
  // The older compiler takes ten times as long, and finds modules in the same way as the newer one.
  const usual = cases.filter(
    ({ compiler, resolution }) => compiler.endsWith('7') || resolution === 'nodenext',
  );
  test.each(effort({ usual, long: cases }))(
    'are found and right with $resolution, by $compiler',
    async (one) => {
      const { program, resolution, module } = one;
      const files = Object.keys(MODULES).filter(
        (name) => resolution === 'nodenext' || name !== NEEDS_NODENEXT,
      );
      // Bundlers read ECMAScript modules.
      const read = resolution === 'bundler' ? ['module.mts'] : files;
      const compilerOptions = {
        ...{ module, moduleResolution: resolution, target: 'es2023', lib: ['es2023'], types: ['node'] },
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true },
      };
      const project = join(folder, `${one.compiler.at(-1)}-${resolution}.json`);
      await writeFile(project, JSON.stringify({ compilerOptions, files: read }));
      const compiler = join(repository, 'node_modules', program);
      const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
  );
});
