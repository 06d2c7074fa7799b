import type { AssetAnswer } from './headers.js';

/** The codings that an asset may have, best first, with the suffix of their files. */
export const codingSuffixes = Object.freeze({ br: '.br', zstd: '.zst', gzip: '.gz' } as const);
export type AssetCoding = keyof typeof codingSuffixes;
export const assetCodings = Object.freeze(Object.keys(codingSuffixes) as AssetCoding[]);

/**
 * Whether a path is that of a coding of another: a file of this name would be sent for it. Such an asset has a file under its
 * digested name alone.
 */
export function isCodingName(path: string, paths: { has(path: string): boolean }): boolean {
  return Object.values(codingSuffixes).some(
    (suffix) => path.endsWith(suffix) && paths.has(path.slice(0, -suffix.length)),
  );
}

/** An asset as it can be served. */
export interface FoundAsset {
  readonly path: string;
  /** The absolute path of its file; a coding's has a suffix more. */
  readonly file: string;
  readonly codings: readonly AssetCoding[];
  readonly answer: AssetAnswer;
}

/** Where assets are looked up: in the files of a site that is being developed, or in STATIC_ROOT. */
export interface AssetSource {
  /** The asset of a path; undefined if there is none. */
  find(path: string): FoundAsset | undefined | Promise<FoundAsset | undefined>;
}
