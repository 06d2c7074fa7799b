import { StaticGeneratorError } from '../errors.js';
import { nearestNames } from '../nearest.js';
import { withoutDigest } from './digest.js';
import type { AssetFinder } from './finder.js';
import type { Manifest } from './manifest.js';
import type { ResolvedAssetOptions } from './options.js';
import { describeTwin, isTwin } from './twin.js';

/** Returns the URL of an asset; keeps the query string and the fragment. Throws `ERR_ASSET_UNKNOWN`. */
export type AssetUrl = (name: string) => string;

export interface AssetUrlParts {
  readonly options: Pick<ResolvedAssetOptions, 'url' | 'urlPath'>;
  readonly finder: AssetFinder;
  /** The manifest of the collected assets; `undefined` in development. */
  readonly manifest: () => Manifest | undefined;
  /** Records for the page that is being rendered that it refers to this asset. */
  readonly noteUse: (logicalPath: string) => void;
}

/** The tag of pages that refer to an asset. */
export function assetTag(logicalPath: string): string {
  return `asset:${logicalPath}`;
}

/** Makes the function that templates call. It uses the plain name in development, the digested name in production. */
export function createAssetUrl({ options, finder, manifest, noteUse }: AssetUrlParts): AssetUrl {
  return (name) => {
    const [, logicalPath = '', rest = ''] = /^\/?([^?#]*)(.*)$/s.exec(String(name)) ?? [];
    const collected = manifest();
    const path =
      collected === undefined
        ? finder.find(logicalPath)?.logicalPath
        : collected.assets.get(logicalPath)?.digestedPath;
    if (path === undefined) throw unknownAsset(logicalPath, namesOf(finder, collected));
    noteUse(logicalPath);
    return `${options.url}${encodePath(path)}${rest}`;
  };
}

/** Percent-encodes the characters that a path cannot contain as they are; slashes stay. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function namesOf(finder: AssetFinder, manifest: Manifest | undefined): Iterable<string> {
  return manifest?.assets.keys() ?? finder.list().assets.map(({ logicalPath }) => logicalPath);
}

export function unknownAsset(name: string, known: Iterable<string>): StaticGeneratorError {
  const names = [...known];
  const nearest = nearestNames(name, names);
  const hint = hintFor(name, names) ?? (nearest.length === 0 ? '' : ` Did you mean ${nearest.join(' or ')}?`);
  return new StaticGeneratorError(
    'ERR_ASSET_UNKNOWN',
    `There is no asset named ${JSON.stringify(name)}.${hint}`,
    {
      fields: { name, nearest },
    },
  );
}

/** Returns a hint for a name that is known in another form. */
function hintFor(name: string, known: readonly string[]): string | undefined {
  const twin = known.find((one) => isTwin(one, name));
  if (twin !== undefined) return ` But ${describeTwin(twin)}.`;
  const plain = withoutDigest(name);
  if (plain === undefined || !known.includes(plain)) return undefined;
  return ` It is a digested name, which changes with the content: use assetUrl(${JSON.stringify(plain)}).`;
}
