import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../docs/markdown.js';
import { sharedFolder } from '../helpers/servers/shared-servers.js';

const execute = promisify(execFile);

/** The result of `npm pack`, as npm reports it. */
export interface Packed {
  /** The tarball. */
  readonly file: string;
  /** The folder with the unpacked tarball. Tests may only read it. */
  readonly unpacked: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly string[];
}

interface NpmPack {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const RECORD = 'npm-pack.json';

/** Packs the package into a folder, as it would be published, and unpacks it there: for {@link packedPackage}. */
export async function packInto(folder: string): Promise<void> {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await execute('npm', words, { cwd: repository });
  const [{ filename }] = JSON.parse(stdout) as [NpmPack];
  await execute('tar', ['-xzf', join(folder, filename), '-C', folder]);
  await writeFile(join(folder, RECORD), stdout);
}

/** Returns the package as it would be published. It is packed once for all tests of a run. */
export async function packedPackage(): Promise<Packed> {
  const folder = await sharedFolder('package');
  const [packed] = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as [NpmPack];
  const { filename, size, unpackedSize, files } = packed;
  const paths = files.map(({ path }) => path).sort();
  return {
    file: join(folder, filename),
    unpacked: join(folder, 'package'),
    size,
    unpackedSize,
    files: paths,
  };
}

/**
 * Installs the packed package in a folder, next to the packages of this repository. Returns the folder of the package.
 */
export function unpackInto(folder: string, { file }: Packed): string {
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'staticgenerator');
  mkdirSync(own, { recursive: true });
  run('tar', ['-xzf', file, '--strip-components=1', '-C', own], folder);
  const theirs = join(repository, 'node_modules');
  for (const name of readdirSync(theirs))
    if (!name.startsWith('.') && name !== 'staticgenerator')
      symlinkSync(join(theirs, name), join(modules, name));
  return own;
}

export function run(program: string, words: readonly string[], folder: string): string {
  return execFileSync(program, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The limits that tests enforce. Raise them only for a reason. */
export const limits = JSON.parse(readFileSync(new URL('limits.json', import.meta.url), 'utf8')) as {
  readonly packed: { readonly files: number; readonly kilobytes: number; readonly unpackedKilobytes: number };
  readonly installed: { readonly packages: number; readonly kilobytes: number };
};
