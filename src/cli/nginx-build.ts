import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folders where nginx may be, which are often missing from the PATH of users other than root. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];
const TIMEOUT_MS = 10_000;

/** Returns the output of `nginx -V` on this machine. Prefers the nginx on the PATH; empty if there is none. */
export function nginxBuild(path = process.env.PATH ?? ''): string {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  const nginx = folders.map((folder) => join(folder, 'nginx')).find((file) => existsSync(file));
  if (nginx === undefined) return '';
  // nginx prints it on standard error, with any exit code. A file that cannot be run prints nothing.
  return spawnSync(nginx, ['-V'], { encoding: 'utf8', timeout: TIMEOUT_MS }).stderr ?? '';
}

/** Returns the version in this output; `undefined` if there is none. */
export function versionOf(build: string): string | undefined {
  return /nginx\/(\d+\.\d+\.\d+)/.exec(build)?.[1];
}
