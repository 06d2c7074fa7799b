import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where nginx is, though the PATH of people who are not root often lacks them. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];
const TIMEOUT_MS = 10_000;

/** What the nginx of this machine says of itself, the one on the PATH first; empty where there is none. */
export function nginxBuild(path = process.env.PATH ?? ''): string {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  const nginx = folders.map((folder) => join(folder, 'nginx')).find((file) => existsSync(file));
  if (nginx === undefined) return '';
  // On standard error, whatever its exit code; of a file that cannot be run, nothing.
  return spawnSync(nginx, ['-V'], { encoding: 'utf8', timeout: TIMEOUT_MS }).stderr ?? '';
}

/** Undefined: it does not say. */
export function versionOf(build: string): string | undefined {
  return /nginx\/(\d+\.\d+\.\d+)/.exec(build)?.[1];
}
