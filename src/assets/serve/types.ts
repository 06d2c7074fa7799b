import { createRequire } from 'node:module';
import { defaultTypes } from '../../page/response/types.js';

/** Loaded only for sites that have assets, because it takes 15 ms. */
const loadRegistry: () => typeof import('mime-types') = () => createRequire(import.meta.url)('mime-types');

/**
 * Extensions whose Content-Type is known. They are listed because nginx must be given each of them, and because a type
 * must not depend on the machine.
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

/** The type of files that have no known extension. */
export const UNKNOWN_TYPE = 'application/octet-stream';

let known: AssetTypes | undefined;

/** Returns the Content-Type by extension: that of pages, otherwise the registered one, with a charset for text. */
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

/** Returns the Content-Type of a file by its last extension, in upper or lower case, as nginx does. */
export function assetTypeOf(path: string, types: AssetTypes): string {
  return types[extensionOf(path)] ?? UNKNOWN_TYPE;
}

/** Returns the last extension in lower case; empty if the name has none. */
export function extensionOf(path: string): string {
  return /[^/]\.([^./]*)$/.exec(path)?.[1]?.toLowerCase() ?? '';
}
