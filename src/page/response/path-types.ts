import { canonicalPath, parsePagePath } from '../layout.js';
import { nameSource } from '../request/name-source.js';

/** The Content-Types of paths, by what the site has named: a path, or one in which `*` stands for any part of a name. */
export interface PathTypes extends Iterable<readonly [named: string, type: string]> {
  readonly size: number;
  /** The type of a page's path. A path that is named itself comes first, then the stars in the order of the options. */
  get(path: string): string | undefined;
}

/** In the place of a star while a path is spelled: the last character of Unicode that may be in an address, and is not. */
const STAR = '\u{10fffd}';

/** The one spelling of a path or a path with stars; undefined where no page can have it. */
export function namedPath(written: string): string | undefined {
  const path = parsePagePath(canonicalPath(written.replaceAll('*', STAR)) ?? '')?.path;
  return path?.replaceAll(encodeURIComponent(STAR), '*');
}

/** The source, for JavaScript and PCRE alike, of what a named path with stars matches, in the same spelling. */
export function namedSource(named: string): string {
  return nameSource(named, '[^/]');
}

/** From spellings that {@link namedPath} gives. */
export function compilePathTypes(named: ReadonlyMap<string, string>): PathTypes {
  const patterns = [...named].filter(([name]) => name.includes('*')).map(compile);
  return {
    size: named.size,
    [Symbol.iterator]: () => named[Symbol.iterator](),
    get: (path) => named.get(path) ?? patterns.find(({ pattern }) => pattern.test(path))?.type,
  };
}

function compile([name, type]: readonly [string, string]) {
  return { pattern: new RegExp(`^${namedSource(name)}$`), type };
}
