import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { preparedPrisma } from '../../helpers/databases/prepared-prisma.js';
import { repository } from '../markdown.js';

const run = promisify(execFile);
/** The folders with copies of packages: the project's own, and those that are prepared elsewhere. */
const STORES = [join(repository, 'node_modules'), join(preparedPrisma, 'node_modules')];
const OURS = 'staticgenerator';
/** Packages that generated code imports. npm installs them next to the package that generates the code. */
const BESIDE: Readonly<Record<string, string>> = { '@prisma/client': '@prisma/client-runtime-utils' };

interface Manifest {
  readonly name: string;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Installs packages without a registry. A package that is not named cannot be imported, even if another package depends
 * on it: npm would allow that today, but perhaps not after the next release.
 */
export async function installPackages(
  folder: string,
  names: readonly string[],
  packed: string,
): Promise<void> {
  for (const name of names.flatMap((one) => [one, BESIDE[one] ?? []].flat())) {
    const target = join(folder, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    if (name === OURS) await installOurs(packed, target);
    else await symlink(storedPackage(name), target);
    await linkPrograms(target);
  }
}

/** Copies the package. It finds its peer dependencies in the site's folder, and its own dependencies in its own. */
async function installOurs(packed: string, target: string): Promise<void> {
  await run('cp', ['-R', packed, `${target}.new`]);
  const within = join(`${target}.new`, 'node_modules');
  for (const name of Object.keys(manifestOf(packed).dependencies ?? {})) {
    await mkdir(dirname(join(within, name)), { recursive: true });
    await symlink(storedPackage(name), join(within, name));
  }
  await rename(`${target}.new`, target);
}

function storedPackage(name: string): string {
  const found = STORES.map((store) => join(store, name)).find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`npm install ${name}: the tests have no copy of this package`);
  return found;
}

async function linkPrograms(target: string): Promise<void> {
  const { name, bin = {} } = manifestOf(target);
  const programs = typeof bin === 'string' ? { [name]: bin } : bin;
  const folder = join(target.slice(0, -name.length), '.bin');
  await mkdir(folder, { recursive: true });
  for (const [program, file] of Object.entries(programs)) {
    const script = `#!/bin/sh\nexec ${process.execPath} "$(dirname "$0")/${relative(folder, join(target, file))}" "$@"\n`;
    await writeFile(join(folder, program), script, { mode: 0o755 });
  }
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
