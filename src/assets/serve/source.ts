import type { AssetAnswer } from './headers.js';

/** The codings that an asset may have, best first, with the suffix of their files. */
export const codingSuffixes = Object.freeze({ br: '.br', zstd: '.zst', gzip: '.gz' } as const);
export type AssetCoding = keyof typeof codingSuffixes;
export const assetCodings = Object.freeze(Object.keys(codingSuffixes) as AssetCoding[]);

/**
 * Whether a path is that of a coding of another asset: a file of this name would be sent as that coding. Such an asset
 * has a file only under its digested name.
 */
export function isCodingName(path: string, paths: { has(path: string): boolean }): boolean {
  return Object.values(codingSuffixes).some(
    (suffix) => path.endsWith(suffix) && paths.has(path.slice(0, -suffix.length)),
  );
}

/** An asset as it can be served. */
export interface FoundAsset {
  readonly path: string;
  /** The absolute path of its file; the file of a coding has a suffix in addition. */
  readonly file: string;
  readonly codings: readonly AssetCoding[];
  readonly answer: AssetAnswer;
}

/** Where assets are looked up: in the files of a site that is being developed, or in STATIC_ROOT. */
export interface AssetSource {
  /** Returns the asset of a path; `undefined` if there is none. */
  find(path: string): FoundAsset | undefined | Promise<FoundAsset | undefined>;
}
