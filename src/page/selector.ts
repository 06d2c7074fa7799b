import micromatch from 'micromatch';
import { StaticGeneratorError } from '../errors.js';
import { bareName, canonicalPath } from './layout.js';

/**
 * What is to be invalidated, as data: what the invalidation log holds and what every page is compared with. A path
 * names both its forms, with and without the trailing slash, on every host unless `host` narrows it.
 */
export type Selector =
  | { readonly kind: 'path'; readonly value: string; readonly host?: string }
  | { readonly kind: 'glob'; readonly value: string }
  | { readonly kind: 'tag'; readonly value: string }
  | { readonly kind: 'all' };

/** What a selector is compared with: a stored page, or one whose render is ending. */
export interface Selectable {
  readonly host: string;
  readonly path: string;
  readonly decoded: string;
  readonly tags: ReadonlySet<string>;
}

export type Matcher = (page: Selectable) => boolean;

const GLOB_CHARACTERS = /[*[{]/;
const MAX_TAG_LENGTH = 512;

/** Reads a path or a glob that a caller wrote. A query or a fragment names the page without it. */
export function parseTarget(written: string): Selector {
  if (written.startsWith('!')) {
    throw badTarget(written, "a glob cannot be negated; list the globs to delete, without a leading '!'");
  }
  if (/^https?:\/\//i.test(written)) return parseUrl(written);
  const path = written.replace(/[?#].*$/su, '');
  if (!path.startsWith('/'))
    throw badTarget(written, `it must start with '/', as in ${JSON.stringify(`/${path}`)}`);
  return GLOB_CHARACTERS.test(path) ? parseGlob(path) : { kind: 'path', value: parsePath(written, path) };
}

/** Reads a URL: its host narrows the selector, its query is dropped. */
export function parseUrl(written: string | URL): Selector {
  const url = URL.canParse(String(written)) ? new URL(String(written)) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw badTarget(String(written), 'only http and https URLs name pages');
  return { kind: 'path', value: parsePath(String(written), url.pathname), host: url.hostname };
}

/** Reads a tag: any non-empty text of at most 512 characters without control characters. */
export function parseTag(written: unknown): string {
  if (
    typeof written === 'string' &&
    written !== '' &&
    written.length <= MAX_TAG_LENGTH &&
    !/\p{Cc}/u.test(written)
  ) {
    return written;
  }
  const text = typeof written === 'object' ? Object.prototype.toString.call(written) : String(written);
  const shown = typeof written === 'string' ? JSON.stringify(written) : text;
  throw new StaticGeneratorError(
    'ERR_BAD_TAG',
    `Expected a tag to be a non-empty string of at most ${MAX_TAG_LENGTH} characters without control characters, got ${shown} (${typeof written})`,
    { fields: { tag: written } },
  );
}

function parsePath(written: string, path: string): string {
  const canonical = canonicalPath(path);
  if (canonical === undefined) {
    throw badTarget(
      written,
      'no page can have this path: it has an empty, dotted or unmappable part, or a broken escape',
    );
  }
  return canonical;
}

function parseGlob(pattern: string): Selector {
  if (/\/\/|\/\.\.?(?:\/|$)|[\\%]|\p{Cs}/u.test(pattern)) {
    throw badTarget(
      pattern,
      'a glob has no empty part, dot part, backslash or percent-escape; write characters as they read',
    );
  }
  // Silently they would name other pages than are meant, or none.
  if (/\{[^{},]*\}|\{.*\.\.|\[[^\]]*[\u{10000}-\u{10ffff}]/u.test(pattern)) {
    throw badTarget(
      pattern,
      'braces list two or more things, not a range; a class has no character beyond U+FFFF',
    );
  }
  try {
    compileGlob(pattern);
  } catch (error) {
    throw badTarget(pattern, 'it is not a valid glob', error);
  }
  return { kind: 'glob', value: pattern };
}

/**
 * Only `*`, `**`, `[…]` and `{…}` are special; everything else stands for itself. Pattern and path get the same
 * first segment, because a pattern that begins with a globstar would not match at the root otherwise.
 */
function compileGlob(pattern: string): (path: string) => boolean {
  const literal = pattern.replace(/\[[!^]|[()|+!@$^.]/g, (special) =>
    special[0] === '[' ? '[^' : `\\${special}`,
  );
  const matches = micromatch.matcher(`root${literal}`, {
    dot: true,
    noextglob: true,
    nonegate: true,
    strictBrackets: true,
  });
  return (path) => matches(`root${path}`);
}

/** Compiles a selector once; the answer is asked for every page or every lease that it may concern. */
export function compileSelector(selector: Selector): Matcher {
  if (selector.kind === 'all') return () => true;
  if (selector.kind === 'tag') return (page) => page.tags.has(selector.value);
  if (selector.kind === 'path') {
    const name = bareName(selector.value);
    return (page) =>
      bareName(page.path) === name &&
      (selector.host === undefined || page.host === '' || page.host === selector.host);
  }
  const matches = compileGlob(selector.value);
  return ({ decoded }) => matches(bareName(decoded)) || (decoded !== '/' && matches(`${bareName(decoded)}/`));
}

/** The decoded text that every path matching a glob begins with: narrows the pages to look at. */
export function literalPrefix(glob: string): string {
  const prefix = glob.slice(0, glob.search(GLOB_CHARACTERS));
  // `/posts/**` matches `/posts` too, so the prefix ends before the last slash.
  return prefix.slice(0, prefix.lastIndexOf('/'));
}

/** How a selector reads in a log or a report. */
export function describeSelector(selector: Selector): string {
  if (selector.kind === 'all') return 'everything';
  if (selector.kind === 'tag') return `tag ${selector.value}`;
  return selector.kind === 'path' && selector.host !== undefined
    ? `//${selector.host}${selector.value}`
    : selector.value;
}

function badTarget(target: string, why: string, cause?: unknown): StaticGeneratorError {
  return new StaticGeneratorError('ERR_BAD_TARGET', `Bad target ${JSON.stringify(target)}: ${why}`, {
    cause,
    fields: { target },
  });
}
