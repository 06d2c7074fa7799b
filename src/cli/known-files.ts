import { resolve } from 'node:path';
import { builtNames } from '../assets/build/built.js';
import { readManifest } from '../assets/manifest.js';
import { isImmutable } from '../assets/serve/immutable.js';
import type { KnownFiles } from '../deploy/headers.js';
import { keysIn } from '../deploy/source.js';
import { immutableOfExport, typesOfExport } from '../export/folder/manifest.js';

/**
 * What is known of the files of a folder that is to be deployed, from what made them: an export, `collect`, and builds, which
 * list their files in these manifests.
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

/** Of a folder that is STATIC_ROOT itself. */
function immutableOfCollect(folder: string): readonly string[] {
  const assets = [...(readManifest(folder)?.assets.values() ?? [])];
  return assets.flatMap(({ logicalPath, digestedPath, modifiedSeconds }) =>
    [logicalPath, digestedPath].filter((path) => isImmutable({ path, url: path, modifiedSeconds })),
  );
}
