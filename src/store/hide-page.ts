import { chmodSync, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { unlinkIfThere, whileWritable } from '../files/folders.js';
import { codingSuffixes } from './page-files.js';

/**
 * What can be done where removing failed. Without any mode, an unprivileged nginx asks the app instead; but one that has
 * the file open looks at its name alone, so that goes too where the folder is ours and has only lost its mode.
 */
export function hidePage(path: string): void {
  for (const suffix of [...codingSuffixes, '']) attempt(() => hideFile(`${path}${suffix}`));
}

function hideFile(file: string): void {
  // Of a link it would be the mode of something else.
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return;
  chmodSync(file, 0);
  whileWritable(dirname(file), () => unlinkIfThere(file));
}

/** The failure that led here is what is reported; what is attempted beside it may fail. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}
