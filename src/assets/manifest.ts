import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StaticGeneratorError, systemErrorCode } from '../errors.js';
import { type AssetCoding, assetCodings } from './serve/source.js';
import { STATE_FOLDER } from './static-root.js';

/** A file that `collect` has put into STATIC_ROOT, under two names. */
export interface CollectedAsset {
  /** Its name in templates: `css/site.css`. A file of this name has the same bytes, unless a coding has the name. */
  readonly logicalPath: string;
  /** The name that is served as immutable: `css/site.3f0c12ab45de.css`. The plain name if its build named it so. */
  readonly digestedPath: string;
  readonly contentType: string;
  /** SHA-256 of the bytes, in base64url. */
  readonly hash: string;
  readonly bytes: number;
  /** The mtime of all its files: see `modifiedSecondsOf`. */
  readonly modifiedSeconds: number;
  /** The codings next to it, the smallest first, with their sizes. */
  readonly codings: readonly { readonly coding: AssetCoding; readonly bytes: number }[];
}

/** The assets in STATIC_ROOT, by name. */
export interface Manifest {
  /** Identifies the whole set: the same files and options give the same digest. */
  readonly digest: string;
  /** By logical path, sorted. */
  readonly assets: ReadonlyMap<string, CollectedAsset>;
}

const MANIFEST = 'assets.json';
/** A manifest of another format is refused. */
const FORMAT = 1;

export function manifestFile(root: string): string {
  return join(root, STATE_FOLDER, MANIFEST);
}

/** Returns the manifest as it is written: the same bytes for the same assets. */
export function serializeManifest(assets: Iterable<CollectedAsset>): { text: string; digest: string } {
  const files = Object.fromEntries(
    [...assets].map(({ logicalPath, codings, ...rest }) => [
      logicalPath,
      { ...rest, codings: Object.fromEntries(codings.map(({ coding, bytes }) => [coding, bytes])) },
    ]),
  );
  const digest = hash('sha256', JSON.stringify(files), 'hex').slice(0, 12);
  const written = { application: 'staticgenerator', format: FORMAT, digest, files };
  return { text: `${JSON.stringify(written, undefined, 1)}\n`, digest };
}

/**
 * Reads what `collect` has made; returns `undefined` if there is nothing yet. Throws `ERR_ASSET_MANIFEST` for a file
 * that is damaged or of another release.
 */
export function readManifest(root: string): Manifest | undefined {
  const file = manifestFile(root);
  const text = readIfThere(file);
  return text === undefined ? undefined : parseManifest(text, file);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

interface WrittenManifest {
  readonly application: unknown;
  readonly format: unknown;
  readonly digest: string;
  readonly files: Readonly<
    Record<
      string,
      Omit<CollectedAsset, 'logicalPath' | 'codings'> & {
        readonly codings: Readonly<Partial<Record<AssetCoding, number>>>;
      }
    >
  >;
}

function parseManifest(text: string, file: string): Manifest {
  const written = parseJson(text, file);
  if (written.application !== 'staticgenerator' || written.format !== FORMAT)
    throw unreadable(file, `format ${FORMAT}`, JSON.stringify(written.format) ?? 'none');
  const assets = Object.entries(written.files).map(([logicalPath, { codings, ...rest }]) => {
    const listed = assetCodings.flatMap((coding) => {
      const bytes = codings[coding];
      return bytes === undefined ? [] : [{ coding, bytes }];
    });
    return [
      logicalPath,
      { logicalPath, ...rest, codings: listed.sort((a, b) => a.bytes - b.bytes) },
    ] as const;
  });
  return { digest: written.digest, assets: new Map(assets) };
}

function parseJson(text: string, file: string): WrittenManifest {
  try {
    const written: WrittenManifest = JSON.parse(text);
    if (typeof written === 'object' && written !== null) return written;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unreadable(file, 'JSON', error.message);
  }
  throw unreadable(file, 'an object', text.slice(0, 40));
}

function unreadable(file: string, expected: string, got: string): StaticGeneratorError {
  return new StaticGeneratorError(
    'ERR_ASSET_MANIFEST',
    `Expected the manifest ${file} to have ${expected}, got ${got}. Run staticgenerator collect with this release`,
    { fields: { path: file } },
  );
}
