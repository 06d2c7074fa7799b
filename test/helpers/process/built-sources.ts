import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plugin } from 'vitest/config';

const src = fileURLToPath(new URL('../../../src/', import.meta.url));
const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));

/**
 * Resolves imports of sources to the output of `npm run build`. Node loads that faster than vitest transforms the
 * sources, which it does in each process; and the threads of a site find their modules.
 */
export function builtSources(): Plugin {
  return {
    name: 'built-sources',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer === undefined || !source.startsWith('.')) return;
      const path = resolve(dirname(importer), source);
      if (!path.startsWith(src)) return;
      const built = `${dist}${path.slice(src.length)}`;
      if (!existsSync(built)) throw new Error(`${built} is missing: run npm run build first`);
      return { id: pathToFileURL(built).href, external: true };
    },
  };
}
