import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../docs/markdown.js';

/** What `npm pack` makes, as npm tells. */
export interface Packed {
  /** The tarball. */
  readonly file: string;
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

/** Packs the package into a folder, as it would be published. */
export function pack(folder: string): Packed {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [packed] = JSON.parse(run('npm', words, repository)) as [NpmPack];
  const { filename, size, unpackedSize, files } = packed;
  return { file: join(folder, filename), size, unpackedSize, files: files.map(({ path }) => path).sort() };
}

/** A folder in which the packed package is installed, and the packages of this repository are beside it. */
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

/** The limits that a test keeps: raise them with a reason. */
export const limits = JSON.parse(readFileSync(new URL('limits.json', import.meta.url), 'utf8')) as {
  readonly packed: { readonly files: number; readonly kilobytes: number; readonly unpackedKilobytes: number };
  readonly installed: { readonly packages: number; readonly kilobytes: number };
};
