import { LITERALS, UTF8_ESCAPES } from '../../page/grammar.js';

/** The longest name of a file that file systems can hold. */
const MAX_NAME_BYTES = 255;
/** Characters and escapes that are refused. Decoded, the escapes would start another segment, or end a C string. */
const FORBIDDEN = /\\|#|%(?:2f|5c|00)/i;

/** What a request asks for, below the URL of the assets. */
export interface AssetTarget {
  /** Decoded, relative to STATIC_ROOT. If an index is requested, it ends in a slash, or is empty. */
  readonly path: string;
  /** With its question mark, as it was sent; empty if there is none. */
  readonly query: string;
}

/**
 * Reads a request target below `urlPath`. Returns `undefined` for all other targets, and for those that name no file
 * that may be served: hidden segments, empty ones, `..`, escaped slashes and control characters, invalid UTF-8.
 */
export function assetTargetOf(target: string, urlPath: string): AssetTarget | undefined {
  if (!target.startsWith(urlPath)) return undefined;
  const queryStart = target.indexOf('?');
  const raw = queryStart === -1 ? target : target.slice(0, queryStart);
  const path = decode(raw.slice(urlPath.length));
  if (path === undefined || !isServable(path)) return undefined;
  return { path, query: target.slice(raw.length) };
}

/** The one hidden folder that is meant to be requested (RFC 8615). */
const WELL_KNOWN = '.well-known';

/**
 * Whether a path may be served: it has no control characters, and no segment is empty, hidden or too long, except
 * `.well-known` at the top. A slash at the end names a folder's index.
 */
export function isServable(path: string): boolean {
  if (path === '') return true;
  if (/\p{Cc}/u.test(path)) return false;
  const segments = path.replace(/\/$/, '').split('/');
  return segments.every(
    (segment, depth) =>
      segment !== '' &&
      (!segment.startsWith('.') || (depth === 0 && segment === WELL_KNOWN)) &&
      Buffer.byteLength(segment) <= MAX_NAME_BYTES,
  );
}

function decode(raw: string): string | undefined {
  if (FORBIDDEN.test(raw)) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Escapes that are common in file names, and that nginx decodes to the characters that they stand for. */
const NAME_ESCAPES = '%2[0BC]|%40|%5[BD]';

/**
 * Returns the paths that nginx may look up, as the source of a PCRE. All of them mean the same to {@link
 * assetTargetOf}. nginx passes other paths on. Codings cannot be requested by their own names.
 */
export function assetPathSource(shape: 'file' | 'directory'): string {
  const name = `(?!\\.)(?:[${LITERALS}]|${UTF8_ESCAPES}|${NAME_ESCAPES})++`;
  const directories = `(?:${name}/)*+`;
  return shape === 'directory' ? directories : `${directories}${name}(?<!\\.gz|\\.br|\\.zst)`;
}
