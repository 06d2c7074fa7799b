import { relative } from 'node:path';
import { digestedName } from '../digest.js';
import type { AssetFinder, SourceAsset } from '../finder.js';
import type { NamedBy } from '../serve/immutable.js';
import { isCodingName } from '../serve/source.js';
import { builtNames } from './built.js';

/**
 * Returns a function that says what has put a content hash into the name of an asset. Throws `ERR_ASSET_MANIFEST` for a
 * build's manifest that does not exist or is not JSON.
 */
export function namingOf(
  folders: AssetFinder['folders'],
  sources: readonly SourceAsset[],
): (source: SourceAsset) => NamedBy {
  const built = new Set<string>();
  for (const { path, buildManifests } of folders) {
    const within = sources.filter(({ folder }) => folder === path).map(({ file }) => relative(path, file));
    for (const name of builtNames(path, buildManifests, within)) built.add(`${path}/${name}`);
  }
  const names = new Set(sources.map(({ logicalPath }) => logicalPath));
  return ({ logicalPath, folder, file }) => {
    // An asset that could be taken for the coding of another asset has no file of its own name.
    if (built.has(`${folder}/${relative(folder, file)}`) && !isCodingName(logicalPath, names)) return 'build';
    return digestedName.test(logicalPath) ? 'nobody' : 'collect';
  };
}
