import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import micromatch from 'micromatch';

/** A glob whose fixed part is a folder. */
export interface FileGlob {
  readonly folder: string;
  /** The fixed part as it is written. */
  readonly base: string;
  readonly matches: (path: string) => boolean;
  /** How many folders deep its files may be below that folder. */
  readonly depth: number;
}

export function compileGlob(written: string): FileGlob {
  const { base, glob } = micromatch.scan(written);
  if (glob === '') {
    const name = basename(written);
    const matches = (path: string) => path === name;
    return { folder: resolve(dirname(written)), base: dirname(written), matches, depth: 0 };
  }
  const depth = glob.includes('**') ? Number.POSITIVE_INFINITY : glob.split('/').length - 1;
  return { folder: resolve(base), base, matches: micromatch.matcher(glob), depth };
}

/** Returns the file's name in the form of the glob, or `undefined` if the glob does not match it. */
export function nameIn({ folder, base, matches }: FileGlob, path: string): string | undefined {
  const within = relative(folder, path).replaceAll(sep, '/');
  return matches(within) ? join(base, within) : undefined;
}
