import micromatch from 'micromatch';
import { bareName } from './layout.js';
import { VARIANT_MARK } from './variants/variant.js';

/**
 * What to invalidate, as data: the invalidation log holds it, and every page is compared with it. A path names both its
 * forms, with and without the trailing slash, on every host unless `host` names one. Without a query, it also names the
 * pages with any query; with a query, only the pages with that query. Each path names all variants.
 */
export type Selector =
  | { readonly kind: 'path'; readonly value: string; readonly host?: string }
  | { readonly kind: 'glob'; readonly value: string }
  | { readonly kind: 'tag'; readonly value: string }
  | { readonly kind: 'all' };

/** What a selector is compared with: a stored page, or one whose render is ending. */
export interface Selectable {
  readonly host: string;
  /** The path with the query and the variant of the page. */
  readonly path: string;
  /** The decoded path, without query and variant. */
  readonly decoded: string;
  readonly tags: ReadonlySet<string>;
}

export type Matcher = (page: Selectable) => boolean;

const GLOB_CHARACTERS = /[*[{]/;

/** Whether a text is a glob: it has a character that no page's path has. */
export function isGlob(text: string): boolean {
  return GLOB_CHARACTERS.test(text);
}

/**
 * Compiles a glob. Only `*`, `**`, `[…]` and `{…}` are special; all else stands for itself. Pattern and path get the
 * same first segment, because otherwise a pattern that begins with a globstar would not match at the root.
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

/** Compiles a selector once, for a test of every page or lease that it may concern. Throws if a glob is not valid. */
export function compileSelector(selector: Selector): Matcher {
  if (selector.kind === 'all') return () => true;
  if (selector.kind === 'tag') return (page) => page.tags.has(selector.value);
  if (selector.kind === 'path') {
    const name = bareName(selector.value);
    return (page) =>
      isNamed(bareName(page.path), name) &&
      (selector.host === undefined || page.host === '' || page.host === selector.host);
  }
  const matches = compileGlob(selector.value);
  return ({ decoded }) => matches(bareName(decoded)) || (decoded !== '/' && matches(`${bareName(decoded)}/`));
}

/** Whether a path stands for the bare name of a page. */
function isNamed(page: string, name: string): boolean {
  if (!page.startsWith(name)) return false;
  const next = page[name.length];
  return next === undefined || next === '?' || next === VARIANT_MARK;
}

/** Returns the decoded text that every path begins with that a glob matches: it narrows the pages to look at. */
export function literalPrefix(glob: string): string {
  const prefix = glob.slice(0, glob.search(GLOB_CHARACTERS));
  // `/posts/**` matches `/posts` too, so the prefix ends before the last slash.
  return prefix.slice(0, prefix.lastIndexOf('/'));
}

/** Returns the text of a selector for a log or a report. */
export function describeSelector(selector: Selector): string {
  if (selector.kind === 'all') return 'everything';
  if (selector.kind === 'tag') return `tag ${selector.value}`;
  return selector.kind === 'path' && selector.host !== undefined
    ? `//${selector.host}${selector.value}`
    : selector.value;
}
