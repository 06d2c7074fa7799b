import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder for many short-lived files: in memory where the system has such a one. */
export function memoryFolder(): string {
  try {
    accessSync('/dev/shm', constants.R_OK | constants.W_OK | constants.X_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

/** A folder in memory of the test's own, removed when the test has finished. */
export function temporaryMemoryFolder(): string {
  const folder = mkdtempSync(join(memoryFolder(), 'staticgenerator-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
