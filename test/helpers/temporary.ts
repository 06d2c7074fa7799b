import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export type Cleanup = () => Promise<void> | void;

/** Creates a folder for the test. Removes it when the test has finished, or when `atEnd` runs the cleanup. */
export async function temporaryFolder(atEnd: (cleanup: Cleanup) => void = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'staticgenerator-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
