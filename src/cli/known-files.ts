import { resolve } from 'node:path';
import { builtNames } from '../assets/build/built.js';
import { readManifest } from '../assets/manifest.js';
import { isImmutable } from '../assets/serve/immutable.js';
import type { KnownFiles } from '../deploy/headers.js';
import { keysIn } from '../deploy/source.js';
import { immutableOfExport, typesOfExport } from '../export/folder/manifest.js';

/**
 * Returns what is known of the files of a folder to deploy, from the tools that made them: an export, `collect`, and
 * builds, which list their files in these manifests.
 */
export async function knownFiles(folder: string, buildManifests: readonly string[]): Promise<KnownFiles> {
  const manifests = buildManifests.map((path) => resolve(path));
  const immutable = [
    ...immutableOfExport(folder),
    ...immutableOfCollect(folder),
    ...builtNames(folder, manifests, await keysIn(folder)),
  ];
  return { types: typesOfExport(folder), immutable: new Set(immutable) };
}

/** Returns the immutable files of a folder that is itself STATIC_ROOT. */
function immutableOfCollect(folder: string): readonly string[] {
  const assets = [...(readManifest(folder)?.assets.values() ?? [])];
  return assets.flatMap(({ logicalPath, digestedPath, modifiedSeconds }) =>
    [logicalPath, digestedPath].filter((path) => isImmutable({ path, url: path, modifiedSeconds })),
  );
}
