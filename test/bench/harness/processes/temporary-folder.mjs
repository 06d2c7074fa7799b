import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = [];
// Uses rm, because rmSync lists a folder of half a million files before it begins.
process.once('exit', () => execFileSync('rm', ['-rf', ...folders]));

/**
 * Creates a folder that nginx may enter. It is removed when the process exits, not when a suite ends: after many
 * deletions, ext4 without a journal creates files slowly for up to five minutes, and the next suite would measure that.
 */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-bench-'));
  folders.push(folder);
  execFileSync('chmod', ['755', folder]);
  return folder;
}
