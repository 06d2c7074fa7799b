import { type Stats, statSync } from 'node:fs';
import { StaticGeneratorError } from '../errors.js';
import { type CollectedAsset, type Manifest, manifestFile, readManifest } from './manifest.js';

/**
 * The collected assets, as a process in production sees them. A new set is used as soon as it is there. Names that it
 * lacks stay known, because their files stay, and templates of the running release may still use them.
 */
export class Collected {
  readonly #root: string;
  #stats: Stats | undefined;
  #manifest: Manifest;

  /** Throws `ERR_ASSETS_NOT_COLLECTED` or `ERR_ASSET_MANIFEST`. */
  constructor(root: string) {
    this.#root = root;
    this.#stats = this.#look();
    const manifest = readManifest(root);
    if (manifest === undefined) throw notCollected(root);
    this.#manifest = manifest;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Reads the manifest again if it was replaced, and returns whether there was a new set. */
  refresh(): boolean {
    const stats = this.#look();
    if (stats === undefined || isSame(stats, this.#stats)) return false;
    const manifest = readManifest(this.#root);
    if (manifest === undefined) return false;
    this.#stats = stats;
    const assets = new Map<string, CollectedAsset>([...this.#manifest.assets, ...manifest.assets]);
    this.#manifest = { digest: manifest.digest, assets };
    return true;
  }

  #look(): Stats | undefined {
    return statSync(manifestFile(this.#root), { throwIfNoEntry: false });
  }
}

/** `collect` replaces the manifest as a whole, so a new manifest is a new file. */
function isSame(one: Stats, other: Stats | undefined): boolean {
  return one.ino === other?.ino && one.mtimeMs === other.mtimeMs && one.size === other.size;
}

function notCollected(root: string): StaticGeneratorError {
  return new StaticGeneratorError(
    'ERR_ASSETS_NOT_COLLECTED',
    `Expected collected assets in STATIC_ROOT ${root}, found none. Run staticgenerator collect before the app starts in production`,
    { fields: { path: root } },
  );
}
