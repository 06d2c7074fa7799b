import {
  chmodSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../errors.js';

/** The web server can search the folder, whatever the umask of the app. */
const FOLDER_MODE = 0o755;
/** How often a rename creates its folder again if another process keeps pruning it. */
const MAX_RETRIES = 3;

/** Renames a file into a folder that may not exist yet, or no longer. */
export function renameInto(from: string, to: string): void {
  for (let attempt = 0; ; attempt += 1) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT' || attempt === MAX_RETRIES) throw error;
      makeFolder(dirname(to));
    }
  }
}

/**
 * Creates a folder with mode 0755, or another, and its parents with 0755; existing folders keep their mode. Does not
 * use `recursive`: in `/proc`, where no folder can be created and the system reports ENOENT, that never ends.
 */
export function makeFolder(folder: string, mode = FOLDER_MODE): void {
  for (let attempt = 0; ; attempt += 1) {
    try {
      mkdirSync(folder, { mode });
      chmodSync(folder, mode);
      return;
    } catch (error) {
      const code = systemErrorCode(error) ?? '';
      if (!['ENOENT', 'EEXIST', 'EISDIR'].includes(code)) throw error;
      const isLast = attempt === MAX_RETRIES;
      // A link to nowhere may be in the way: then its target is what is missing.
      const found = statSync(folder, { throwIfNoEntry: isLast && code === 'EEXIST' });
      if (found?.isDirectory()) return;
      if (found !== undefined || isLast) throw error;
      // The parent is missing, or another process prunes folders and has removed the parent in between.
      makeFolder(dirname(folder));
    }
  }
}

/**
 * Removes a file, and returns whether there was one. Most files do not exist, and a check costs a fifth of the error
 * that `unlink` would throw.
 */
export function unlinkIfThere(file: string): boolean {
  try {
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return false;
    unlinkSync(file);
    return true;
  } catch (error) {
    // ENOTDIR: a folder of its path is a file, so there is no such file.
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}

/** Removes a folder and those above it while they are empty, but never `root` itself. Ignores failures. */
export function pruneFolders(folder: string, root: string): void {
  for (let current = folder; isInside(root, current); current = dirname(current)) {
    try {
      rmdirSync(current);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') continue;
      // Not empty, not ours to remove, or busy: in each case, an empty folder does no harm.
      return;
    }
  }
}

/** Does work in a folder that may have lost its mode, and restores the mode found. Throws if another user owns it. */
export function whileWritable(folder: string, work: () => void): void {
  const { mode } = statSync(folder);
  chmodSync(folder, mode | 0o700);
  try {
    work();
  } finally {
    chmodSync(folder, mode);
  }
}

/** Whether a file lies inside a folder, compared component by component, so that `/www-evil` is not in `/www`. */
export function isInside(folder: string, file: string): boolean {
  const components = (path: string) => path.split('/').filter((component) => component !== '');
  const outer = components(folder);
  const inner = components(file);
  if (inner.includes('..') || inner.includes('.') || outer.includes('..')) return false;
  return inner.length > outer.length && outer.every((component, index) => component === inner[index]);
}

/** Whether two folders are the same, or one is inside the other. Links are followed as far as the folders exist. */
export function overlap(one: string, other: string): boolean {
  const [first, second] = [realPath(one), realPath(other)];
  return first === second || isInside(first, second) || isInside(second, first);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return join(realPath(dirname(path)), basename(path));
  }
}
