import { join } from 'node:path';
import { type CollectedAsset, readManifest } from '../../assets/manifest.js';
import type { ResolvedAssetOptions } from '../../assets/options.js';
import { isImmutable } from '../../assets/serve/immutable.js';
import { StaticGeneratorError } from '../../errors.js';

/** A collected asset as a file of an export. */
export interface CollectedFile {
  readonly file: string;
  /** The path of the file in STATIC_ROOT. */
  readonly source: string;
  readonly bytes: number;
  readonly hash: string;
  readonly type: string;
  readonly isImmutable?: true;
}

/** Returns the files of STATIC_ROOT, under both their names. Throws `ERR_ASSETS_NOT_COLLECTED`. */
export function collectedFiles(options: ResolvedAssetOptions | undefined): readonly CollectedFile[] {
  const manifest = options === undefined ? undefined : readManifest(options.root);
  if (options === undefined || manifest === undefined) {
    const where =
      options === undefined
        ? 'the option `assets`, got none'
        : `collected assets in ${options.root}, found none`;
    throw new StaticGeneratorError(
      'ERR_ASSETS_NOT_COLLECTED',
      `Expected ${where}. Run staticgenerator collect first`,
      {
        fields: options === undefined ? {} : { path: options.root },
      },
    );
  }
  return [...manifest.assets.values()].flatMap((asset) =>
    [...new Set([asset.logicalPath, asset.digestedPath])].map((name) => collectedFile(asset, name, options)),
  );
}

function collectedFile(
  { digestedPath, contentType, bytes, hash, modifiedSeconds }: CollectedAsset,
  path: string,
  { root, urlPath, serve }: ResolvedAssetOptions,
): CollectedFile {
  const folder = urlPath.replace(/^\/|\/$/g, '');
  const url = `${urlPath}${path}`;
  return {
    file: folder === '' ? path : `${folder}/${path}`,
    // There is no file of the plain name if it would be that of another asset's coding.
    source: join(root, digestedPath),
    ...{ bytes, hash, type: contentType },
    ...(isImmutable({ path, url, modifiedSeconds }, serve.immutable) && { isImmutable: true }),
  };
}

/** Returns a text that changes with the assets, because pages contain their names. */
export function collectedVersion(options: ResolvedAssetOptions | undefined): string {
  return options === undefined ? '' : (readManifest(options.root)?.digest ?? '');
}
