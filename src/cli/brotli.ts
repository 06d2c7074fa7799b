import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Whether an nginx can serve .br files, and the module that it must load for that, if it is not built in. */
export interface Brotli {
  readonly available: boolean;
  readonly module?: string;
}

const MODULE = 'ngx_http_brotli_static_module.so';

/** Reads the output of `nginx -V`. If there is no nginx, the output is empty and Brotli is not available. */
export function brotliOf(build: string): Brotli {
  if (build === '') return { available: false };
  if (/--add-module=\S*brotli/.test(build)) return { available: true };
  const prefix = /--prefix=(\S+)/.exec(build)?.[1] ?? '/usr/local/nginx';
  const module = join(resolve(prefix, /--modules-path=(\S+)/.exec(build)?.[1] ?? 'modules'), MODULE);
  return existsSync(module) ? { available: true, module } : { available: false };
}
