import { readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../../errors.js';

/** The number of links that Linux follows in one path. */
const MAX_LINKS = 40;
const NO_WAY_ON: readonly (string | undefined)[] = [
  'EINVAL',
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'ELOOP',
  'ENAMETOOLONG',
];

/** A folder that a path leads through. */
export interface Step {
  /** Which folder it is: another one may take its name. */
  readonly identity: string;
  /** The names in the folder that decide where the path leads. */
  readonly names: Set<string>;
}

/** The folders that a path leads through, by their own paths, which contain no links. */
export type Chain = ReadonlyMap<string, Step>;

/**
 * Returns the folders that decide what an absolute path leads to: each folder on its way, and on the way of each link.
 * The last name need not exist yet. A change of anything else leaves the path as it is.
 */
export async function chainOf(path: string): Promise<Chain> {
  const chain = new Map<string, Step>();
  const pending = partsOf(path);
  let folder = '/';
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '..') {
      folder = dirname(folder);
      continue;
    }
    const identity = await identityOf(folder);
    if (identity === undefined) break;
    const names = chain.get(folder)?.names ?? new Set();
    chain.set(folder, { identity, names: names.add(name) });
    const target = await linkAt(join(folder, name));
    if (target !== undefined && links === MAX_LINKS) break;
    if (target === undefined) folder = join(folder, name);
    else {
      links += 1;
      pending.unshift(...partsOf(target));
      if (target.startsWith('/')) folder = '/';
    }
  }
  return chain;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const stats = await stat(folder, { bigint: true });
    return stats.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch (error) {
    if (NO_WAY_ON.includes(systemErrorCode(error))) return undefined;
    throw error;
  }
}

/** Returns where a link leads. `undefined` if the path is no link or does not exist. */
async function linkAt(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (NO_WAY_ON.includes(systemErrorCode(error))) return undefined;
    throw error;
  }
}
