import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Whether an nginx can serve .br files, and the module it has to load for that, if it is not built in. */
export interface Brotli {
  readonly available: boolean;
  readonly module?: string;
}

const MODULE = 'ngx_http_brotli_static_module.so';
/** Where nginx is, though the PATH of people who are not root often lacks them. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];
const TIMEOUT_MS = 10_000;

/** Asks the nginx of this machine, the one on the PATH first; there may be none, and then there is no brotli. */
export function detectBrotli(path = process.env.PATH ?? ''): Brotli {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  const nginx = folders.map((folder) => join(folder, 'nginx')).find((file) => existsSync(file));
  if (nginx === undefined) return { available: false };
  // On standard error, whatever its exit code; of a file that cannot be run, nothing.
  return readBuild(spawnSync(nginx, ['-V'], { encoding: 'utf8', timeout: TIMEOUT_MS }).stderr ?? '');
}

function readBuild(build: string): Brotli {
  if (/--add-module=\S*brotli/.test(build)) return { available: true };
  const prefix = /--prefix=(\S+)/.exec(build)?.[1] ?? '/usr/local/nginx';
  const module = join(resolve(prefix, /--modules-path=(\S+)/.exec(build)?.[1] ?? 'modules'), MODULE);
  return existsSync(module) ? { available: true, module } : { available: false };
}
