import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../docs/markdown.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { limits, type Packed, packedPackage, run } from './packed.js';

interface Needs {
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  readonly optionalDependencies?: Readonly<Record<string, string>> | undefined;
}

interface LockedPackage extends Needs {
  readonly version: string;
  readonly hasInstallScript?: boolean;
}

type Locked = Readonly<Record<string, LockedPackage>>;

test('npm install of the package in an empty folder brings no more than it has to', async () => {
  const folder = await temporaryFolder();
  await writeProject(folder, await packedPackage());
  run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], folder);
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
  const packages = lock.packages as Locked;
  const installed = Object.keys(packages);
  const kilobytes = Math.round(bytesIn(join(folder, 'node_modules')) / 1000);
  const said = `${installed.length} packages, ${kilobytes} kB: ${installed.join(', ')}`;
  expect(installed.length, said).toBeLessThanOrEqual(limits.installed.packages);
  expect(kilobytes, said).toBeLessThanOrEqual(limits.installed.kilobytes);
  // No package compiles or downloads anything.
  expect(installed.filter((name) => packages[name]?.hasInstallScript)).toEqual([]);
});

/** Writes a project with the versions of this repository, so that the size changes only if this repository changes. */
async function writeProject(folder: string, { file }: Packed): Promise<void> {
  const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8'));
  const { version, dependencies, optionalDependencies } = lock.packages[''] as LockedPackage;
  await copyFile(file, join(folder, basename(file)));
  const resolved = `file:${basename(file)}`;
  const own = { version, resolved, dependencies, optionalDependencies };
  const others = Object.fromEntries(needed(lock.packages, '', own));
  const root = { name: 'site', dependencies: { staticgenerator: resolved } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(root));
  const packages = { '': root, 'node_modules/staticgenerator': own, ...others };
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ name: 'site', lockfileVersion: 3, requires: true, packages }),
  );
}

/** Returns the packages that a package needs, directly and indirectly, with their places in the lock file. */
function needed(
  locked: Locked,
  from: string,
  { dependencies, optionalDependencies }: Needs,
  found = new Map<string, LockedPackage>(),
): ReadonlyMap<string, LockedPackage> {
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const path = placeOf(locked, from, name);
    const entry = locked[path];
    if (entry === undefined || found.has(path)) continue;
    const {
      dev: _dev,
      devOptional: _devOptional,
      peer: _peer,
      ...rest
    } = entry as LockedPackage & Record<string, unknown>;
    found.set(path, rest);
    needed(locked, path, entry, found);
  }
  return found;
}

/** Returns where Node finds a package: in the nearest node_modules. */
function placeOf(locked: Locked, from: string, name: string): string {
  const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (path in locked || from === '') return path;
  return placeOf(locked, from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name);
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => lstatSync(join(folder, name)))
    .reduce((sum, status) => sum + (status.isFile() ? status.size : 0), 0);
}
