import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = [];
// rmSync lists a folder of half a million files before it begins.
process.once('exit', () => execFileSync('rm', ['-rf', ...folders]));

/**
 * A folder that nginx may enter, until the process ends. Not until a suite does: ext4 without a journal makes files slowly for
 * up to five minutes after many have been deleted, and the next suite would measure that.
 */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-bench-'));
  folders.push(folder);
  execFileSync('chmod', ['755', folder]);
  return folder;
}
