import { posix } from 'node:path';
import type { ResolvedAssetOptions } from '../../options.js';

/** A URL in the text of a file, and how another one is written in its place. */
export interface Reference {
  /** The range of the text that {@link write} replaces. */
  readonly start: number;
  readonly end: number;
  /** Without the escapes of the language it is written in. */
  readonly url: string;
  readonly kind: 'link' | 'source-map';
  readonly write: (url: string) => string;
}

/** References of a part, as those of the whole. */
export function shift(references: readonly Reference[], by: number): Reference[] {
  return references.map((one) => ({ ...one, start: one.start + by, end: one.end + by }));
}

/** Finds the references of one kind of file. */
export type Scan = (text: string) => readonly Reference[];

/** Where the site's own assets are, to a browser that has no other origin. */
const ORIGIN = 'http://assets.invalid';

/**
 * The asset that a URL in another asset means, as a browser would resolve it. Undefined for what is none: other hosts,
 * data, fragments, folders, and paths that are not below STATIC_URL.
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

/** The URL with the digest in the last segment of its path; all else stays as it was written. */
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
