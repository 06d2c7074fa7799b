import type { HeaderLine } from '../../page/response/headers.js';
import { isImmutable, type NamedFile } from './immutable.js';
import { checkedHeaders, type ResolvedServeOptions } from './options.js';
import { assetTypeOf, extensionOf } from './types.js';

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** The Cache-Control of names whose bytes never change. */
export const IMMUTABLE = `public, max-age=${YEAR_SECONDS}, immutable`;

/** In development, files change at any time, so browsers revalidate them at each use. */
export const REVALIDATE = 'no-cache';

/** Browsers use fonts of other origins only if the response allows it (CSS Fonts 4 §4.8.2). */
export const fontExtensions = Object.freeze(['woff2', 'woff', 'ttf', 'otf', 'eot'] as const);

/** The names of an asset. */
export interface AssetName {
  /** Relative to STATIC_ROOT. */
  readonly path: string;
  /** The path that clients ask for, decoded. */
  readonly url: string;
}

/** The headers of an asset that do not depend on the request. */
export interface AssetAnswer {
  readonly type: string;
  readonly headers: readonly HeaderLine[];
}

/** Decides once how an asset is answered. `cacheControl` returns its Cache-Control. */
export function answerOf(
  { path, url }: AssetName,
  options: ResolvedServeOptions,
  cacheControl: (path: string) => string,
): AssetAnswer {
  const given = typeof options.headers === 'function' ? options.headers(path, url) : options.headers;
  const own = Object.entries(checkedHeaders(given, path));
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  const decided: readonly HeaderLine[] = [
    ['Cache-Control', cacheControl(path)],
    ...(isOpen(path, options) ? [['Access-Control-Allow-Origin', '*'] as const] : []),
  ];
  const type = own.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return {
    type: type ?? assetTypeOf(path, options.types),
    headers: [
      ...decided.filter(([name]) => !names.has(name.toLowerCase())),
      ...own.filter(([name]) => name.toLowerCase() !== 'content-type'),
    ],
  };
}

/** The Cache-Control of names that may change. */
export function shortCacheControl({ maxAgeSeconds }: Pick<ResolvedServeOptions, 'maxAgeSeconds'>): string {
  return `public, max-age=${maxAgeSeconds}`;
}

function isOpen(path: string, { allowOrigin }: ResolvedServeOptions): boolean {
  const fonts: readonly string[] = fontExtensions;
  return allowOrigin === 'all' || (allowOrigin === 'fonts' && fonts.includes(extensionOf(path)));
}

/** The Cache-Control of an asset in production. */
export function cacheControlOf(file: NamedFile, options: ResolvedServeOptions): string {
  return isImmutable(file, options.immutable) ? IMMUTABLE : shortCacheControl(options);
}
