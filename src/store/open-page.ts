import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { systemErrorCode } from '../errors.js';
import { entityTag } from './content-hash.js';

/** An open file of a page. What is read from it is one version, whatever happens to its name. The caller closes it. */
export interface OpenPage {
  readonly descriptor: number;
  readonly size: number;
  readonly entityTag: string;
  /** What the file system says about it. */
  readonly status: Stats;
}

/** Opens a regular file; returns `undefined` if there is none. Throws for a symbolic link, which may lead anywhere. */
export function openPage(path: string): OpenPage | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const status = fstatSync(descriptor);
  if (!status.isFile()) {
    closeSync(descriptor);
    return undefined;
  }
  const { size, mtimeMs } = status;
  return { descriptor, size, entityTag: entityTag(Math.floor(mtimeMs / 1000), size), status };
}
