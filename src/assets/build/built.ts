import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { messageOf, StaticGeneratorError } from '../../errors.js';
import { namedByBuild } from './listed.js';

/** The path of Vite's manifest, relative to the folder that Vite builds into. */
const OWN_MANIFESTS: readonly string[] = ['.vite/manifest.json'];

/**
 * Returns those of the names of a folder's files that the build has made from their content. `manifests` are the files
 * in which builds list their output; Vite's manifest is found without being named. Throws `ERR_ASSET_MANIFEST` for a
 * manifest that does not exist or is not JSON.
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

/** Compares two paths from their ends, because each tool writes paths relative to another folder, or as URLs. */
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
