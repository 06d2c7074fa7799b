import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { messageOf, StaticGeneratorError } from '../../errors.js';
import { namedByBuild } from './listed.js';

/** Where Vite writes its manifest, below the folder that it builds into. */
const OWN_MANIFESTS: readonly string[] = ['.vite/manifest.json'];

/**
 * Those of the names of a folder's files that its build has made of their content. `manifests` are the files in which builds
 * list what they made; Vite's is found by itself. Throws `ERR_ASSET_MANIFEST` for one that is not there or is no JSON.
 */
export function builtNames(
  folder: string,
  manifests: readonly string[],
  names: Iterable<string>,
): ReadonlySet<string> {
  const own = OWN_MANIFESTS.map((file) => join(folder, file)).filter((file) => existsSync(file));
  const listed = new Map<string, string[]>();
  for (const path of new Set([...own, ...manifests]))
    for (const name of namedByBuild(readJson(path))) {
      const base = posix.basename(name);
      listed.set(base, [...(listed.get(base) ?? []), name]);
    }
  if (listed.size === 0) return new Set();
  return new Set(
    [...names].filter((name) => listed.get(posix.basename(name))?.some((one) => isSame(one, name))),
  );
}

/** Each tool counts from another folder, or from a URL, so paths are compared from their ends. */
function isSame(one: string, other: string): boolean {
  return `/${one}`.endsWith(`/${other}`) || `/${other}`.endsWith(`/${one}`);
}

function readJson(path: string): unknown {
  try {
    // Some tools write a byte order mark first.
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    throw new StaticGeneratorError(
      'ERR_ASSET_MANIFEST',
      `Expected ${path} to be the JSON manifest of a build: ${messageOf(error)}. Run the build before you collect assets, or remove the file from \`buildManifest\``,
      { cause: error, fields: { path } },
    );
  }
}
