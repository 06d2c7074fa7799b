import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Returns a folder for many short-lived files: in memory if the system has one. */
export function memoryFolder(): string {
  try {
    accessSync('/dev/shm', constants.R_OK | constants.W_OK | constants.X_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

/** Creates a folder in memory for the test. Removes it when the test has finished. */
export function temporaryMemoryFolder(): string {
  const folder = mkdtempSync(join(memoryFolder(), 'staticgenerator-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
