import { posix } from 'node:path';
import type { ResolvedAssetOptions } from '../../options.js';

/** A URL in the text of a file, and how to write another URL in its place. */
export interface Reference {
  /** The range of the text that {@link write} replaces. */
  readonly start: number;
  readonly end: number;
  /** The URL without the escapes of the language in which it is written. */
  readonly url: string;
  readonly kind: 'link' | 'source-map';
  readonly write: (url: string) => string;
}

/** Moves the references of a part of a text, so that they count from the start of the whole text. */
export function shift(references: readonly Reference[], by: number): Reference[] {
  return references.map((one) => ({ ...one, start: one.start + by, end: one.end + by }));
}

/** Finds the references of one kind of file. */
export type Scan = (text: string) => readonly Reference[];

/** The origin that stands for the site's own, for resolving URLs. */
const ORIGIN = 'http://assets.invalid';

/**
 * Returns the asset that a URL in another asset means, as a browser would resolve it. Returns `undefined` for a URL
 * that means no asset: other hosts, data, fragments, folders, and paths that are not below STATIC_URL.
 */
export function resolveReference(
  url: string,
  from: string,
  { url: staticUrl, urlPath }: Pick<ResolvedAssetOptions, 'url' | 'urlPath'>,
): string | undefined {
  const { path } = splitUrl(url);
  if (path === '' || path.endsWith('/') || /^ | $|[\\\t\n\r\f]/.test(path)) return undefined;
  const resolved = parseUrl(path, `${ORIGIN}${urlPath}${from.split('/').map(encodeURIComponent).join('/')}`);
  if (resolved === undefined) return undefined;
  const isOwn = resolved.origin === ORIGIN || `${resolved.origin}${urlPath}` === staticUrl;
  if (!isOwn || !resolved.pathname.startsWith(urlPath)) return undefined;
  return decode(resolved.pathname.slice(urlPath.length));
}

/** Returns the URL with the digested name in the last segment of its path; the rest stays as it was written. */
export function digestReference(url: string, digestedPath: string): string {
  const { path, rest } = splitUrl(url);
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return `${folder}${encodeURIComponent(posix.basename(digestedPath))}${rest}`;
}

function splitUrl(url: string): { readonly path: string; readonly rest: string } {
  const end = url.search(/[?#]/);
  return end === -1 ? { path: url, rest: '' } : { path: url.slice(0, end), rest: url.slice(end) };
}

function parseUrl(url: string, base: string): URL | undefined {
  return URL.canParse(url, base) ? new URL(url, base) : undefined;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
