import { canonicalPath, parsePagePath } from '../layout.js';
import { nameSource } from '../request/name-source.js';

/** The Content-Types of paths that the site has named: a path, or one in which `*` stands for any part of a name. */
export interface PathTypes extends Iterable<readonly [named: string, type: string]> {
  readonly size: number;
  /** Returns the type of a page's path. An exact path comes first, then paths with stars, in the options' order. */
  get(path: string): string | undefined;
}

/** Replaces a star while a path is spelled: the last character of Unicode, which addresses may have, but do not. */
const STAR = '\u{10fffd}';

/** Returns the canonical spelling of a path, with or without stars; `undefined` if no page can have it. */
export function namedPath(written: string): string | undefined {
  const path = parsePagePath(canonicalPath(written.replaceAll('*', STAR)) ?? '')?.path;
  return path?.replaceAll(encodeURIComponent(STAR), '*');
}

/** Returns the source, for JavaScript and PCRE alike, of what a named path with stars matches, in the same spelling. */
export function namedSource(named: string): string {
  return nameSource(named, '[^/]');
}

/** Compiles types whose paths are spelled by {@link namedPath}. */
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
