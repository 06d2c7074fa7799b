import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that nginx may enter, until `remove` is called. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-bench-'));
  execFileSync('chmod', ['755', folder]);
  // rmSync lists a folder of half a million files before it begins.
  return { folder, remove: () => execFileSync('rm', ['-rf', folder]) };
}
