import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export type Cleanup = () => Promise<void> | void;

/** A folder of the test's own, removed when the test has finished, or at another end. */
export async function temporaryFolder(atEnd: (cleanup: Cleanup) => void = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'staticgenerator-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
