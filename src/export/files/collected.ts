import { join } from 'node:path';
import { readManifest } from '../../assets/manifest.js';
import type { ResolvedAssetOptions } from '../../assets/options.js';
import { StaticGeneratorError } from '../../errors.js';

/** A collected asset as a file of an export. */
export interface CollectedFile {
  readonly file: string;
  /** Where it lies. */
  readonly source: string;
  readonly bytes: number;
  readonly hash: string;
  readonly type: string;
}

/** The files of STATIC_ROOT, under both their names. Throws `ERR_ASSETS_NOT_COLLECTED`. */
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
  const folder = options.urlPath.replace(/^\/|\/$/g, '');
  return [...manifest.assets.values()].flatMap(({ logicalPath, digestedPath, contentType, bytes, hash }) =>
    [...new Set([logicalPath, digestedPath])].map((name) => ({
      file: folder === '' ? name : `${folder}/${name}`,
      source: join(options.root, name),
      ...{ bytes, hash, type: contentType },
    })),
  );
}

/** Changes with the assets: pages hold their names. */
export function collectedVersion(options: ResolvedAssetOptions | undefined): string {
  return options === undefined ? '' : (readManifest(options.root)?.digest ?? '');
}
