import { createRequire } from 'node:module';
import { defaultTypes } from '../../page/response/types.js';

/** Loaded for sites that have assets: it takes 15 ms. */
const loadRegistry: () => typeof import('mime-types') = () => createRequire(import.meta.url)('mime-types');

/**
 * Extensions whose Content-Type is known. They are listed, because nginx has to be told each of them, and a type must
 * not depend on the machine.
 */
const extensions = [
  ...['css', 'js', 'mjs', 'cjs', 'wasm', 'map', 'json', 'jsonld', 'geojson', 'webmanifest', 'html', 'htm'],
  ...['xhtml', 'xml', 'rss', 'atom', 'txt', 'md', 'csv', 'ics', 'vcf', 'vtt', 'yaml', 'yml', 'pdf', 'epub'],
  ...['svg', 'png', 'apng', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'jxl', 'heic', 'ico', 'bmp', 'tif', 'tiff'],
  ...['woff', 'woff2', 'ttf', 'otf', 'eot', 'mp3', 'm4a', 'aac', 'oga', 'ogg', 'opus', 'flac', 'wav', 'weba'],
  ...['mp4', 'm4v', 'webm', 'ogv', 'mov', 'avi', 'mkv', 'm3u8', 'mpd', 'glb', 'gltf', 'stl', 'usdz'],
  ...[
    'zip',
    'gz',
    'tar',
    '7z',
    'bz2',
    'rtf',
    'doc',
    'docx',
    'xls',
    'xlsx',
    'ppt',
    'pptx',
    'odt',
    'ods',
    'odp',
  ],
] as const;

/** A Content-Type by extension, in lower case and without its dot. */
export type AssetTypes = Readonly<Record<string, string>>;

/** What has no known extension. */
export const UNKNOWN_TYPE = 'application/octet-stream';

let known: AssetTypes | undefined;

/** The Content-Type of assets: what pages of that extension have, else the registered type, with a charset for text. */
export function defaultAssetTypes(): AssetTypes {
  known ??= Object.freeze({ ...registeredTypes(), ...defaultTypes });
  return known;
}

function registeredTypes(): AssetTypes {
  const { contentType } = loadRegistry();
  return Object.fromEntries(
    extensions.map((extension) => [extension, contentType(extension) || UNKNOWN_TYPE]),
  );
}

/** The Content-Type of a file by its last extension, whatever its case, as nginx finds it. */
export function assetTypeOf(path: string, types: AssetTypes): string {
  return types[extensionOf(path)] ?? UNKNOWN_TYPE;
}

/** The last extension in lower case; empty for a name that has none. */
export function extensionOf(path: string): string {
  return /[^/]\.([^./]*)$/.exec(path)?.[1]?.toLowerCase() ?? '';
}
