import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

export type Cleanup = () => Promise<void> | void;

/**
 * Returns a function that collects cleanups for after the last test of the file or of the `describe`. They run in the
 * reverse order. Call this where the tests are defined: vitest ignores an `afterAll` in a hook or a test.
 */
export function afterAllTests(): (cleanup: Cleanup) => void {
  const cleanups: Cleanup[] = [];
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  return (cleanup) => void cleanups.push(cleanup);
}

/** Creates a folder for the test. Removes it when the test has finished, or when `atEnd` runs the cleanup. */
export async function temporaryFolder(atEnd: (cleanup: Cleanup) => void = onTestFinished): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'staticgenerator-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
