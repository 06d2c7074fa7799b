import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Whether this process may mount file systems. If not, tests that need one are skipped. */
export const canMount = tryToMount();

function mount(...options: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', [...options], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${options.join(' ')} failed: ${stderr}`);
}

function unmount(folder: string): void {
  spawnSync('umount', ['--lazy', folder]);
}

function tryToMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-mount-'));
  try {
    mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
    unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}

/**
 * Mounts a file system in memory over a folder. Returns the function that unmounts it; the end of the test does so too.
 */
export function mountMemory(folder: string, size: string): () => void {
  mount('-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', folder);
  return undoAtEnd(() => unmount(folder));
}

/** Makes a folder read-only for everything that is opened in it from now on. */
export function makeReadOnly(folder: string): () => void {
  mount('--bind', folder, folder);
  mount('-o', 'remount,ro,bind', folder);
  return undoAtEnd(() => unmount(folder));
}

function undoAtEnd(undo: () => void): () => void {
  let done = false;
  const once = () => {
    if (!done) undo();
    done = true;
  };
  onTestFinished(once);
  return once;
}
