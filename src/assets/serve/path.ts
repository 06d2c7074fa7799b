import { LITERALS, UTF8_ESCAPES } from '../../page/grammar.js';

/** The longest name of a file that file systems can hold. */
const MAX_NAME_BYTES = 255;
/** What must not come out of an escape: another segment, the end of a C string. */
const FORBIDDEN = /\\|#|%(?:2f|5c|00)/i;

/** What a request asks for, below the URL of the assets. */
export interface AssetTarget {
  /** Decoded, relative to STATIC_ROOT; it ends in a slash, or is empty, where an index is asked for. */
  readonly path: string;
  /** With its question mark, as it was sent; empty if there is none. */
  readonly query: string;
}

/**
 * Reads a request target that lies below `urlPath`. Undefined for all others, and for those that name no file that may
 * be served: hidden segments, empty ones, `..`, slashes and control characters behind escapes, bytes that are not UTF-8.
 */
export function assetTargetOf(target: string, urlPath: string): AssetTarget | undefined {
  if (!target.startsWith(urlPath)) return undefined;
  const queryStart = target.indexOf('?');
  const raw = queryStart === -1 ? target : target.slice(0, queryStart);
  const path = decode(raw.slice(urlPath.length));
  if (path === undefined || !isServable(path)) return undefined;
  return { path, query: target.slice(raw.length) };
}

/** The one hidden folder that is there to be asked for (RFC 8615). */
const WELL_KNOWN = '.well-known';

/**
 * Whether a path may be served: no segment is empty, hidden or too long, but for `.well-known` at the top; a slash at the end
 * names a folder's index.
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

/** Escapes that are common in names of files, and that nginx decodes to themselves. */
const NAME_ESCAPES = '%2[0BC]|%40|%5[BD]';

/**
 * The paths that nginx may look up, as the source of a PCRE: all of them mean the same to {@link assetTargetOf}. It
 * passes others on. Codings are not asked for by their own names.
 */
export function assetPathSource(shape: 'file' | 'directory'): string {
  const name = `(?!\\.)(?:[${LITERALS}]|${UTF8_ESCAPES}|${NAME_ESCAPES})++`;
  const directories = `(?:${name}/)*+`;
  return shape === 'directory' ? directories : `${directories}${name}(?<!\\.gz|\\.br|\\.zst)`;
}
