import { chmodSync, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { unlinkIfThere, whileWritable } from '../files/folders.js';
import { codingSuffixes } from './page-files.js';

/**
 * Hides a page that could not be removed. With mode 0, an unprivileged nginx asks the app instead. An nginx that has
 * the file open checks only its name, so the name is removed, too, if the folder is ours and has only lost its mode.
 */
export function hidePage(path: string): void {
  for (const suffix of [...codingSuffixes, '']) attempt(() => hideFile(`${path}${suffix}`));
}

function hideFile(file: string): void {
  // For a link, this would change the mode of something else.
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return;
  chmodSync(file, 0);
  whileWritable(dirname(file), () => unlinkIfThere(file));
}

/** Does work that may fail: the failure that led here is the one that is reported. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}
