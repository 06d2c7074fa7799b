/** Tells names whose bytes never change, because a hash of them is part of the name. */
export type ImmutableTest = RegExp | ((path: string, url: string) => boolean);

/** A hash in hexadecimal digits, of which at least one is a letter and one is not, so that a date is none. */
const HEXADECIMAL = '(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{8,64}';
/** A change of kind between two neighbours: camelCase, Word1, HTMLElement. */
const CHANGE = '[a-z][A-Z]|[A-Z]{2}[a-z]|[A-Za-z][0-9]|[0-9][A-Za-z]';
/** Eight characters, as Vite, Rollup and esbuild write them, of a disorder that words and versions do not have. */
const BASE64URL = `(?=[^.]*[A-Z])(?=(?:[\\w-]*(?=${CHANGE})[\\w-]){3})[\\w-]{8}`;

/**
 * The default test: the last part of the name, before its extensions, looks like a hash. What it misses is asked for
 * again after a minute; a name that it took wrongly could never be changed. So it asks for a hash beyond doubt.
 */
export const hashedName = new RegExp(`[.-](?:${HEXADECIMAL}|${BASE64URL})(?:\\.[A-Za-z0-9]+){1,2}$`);

/** Whether an asset of this name never changes. `path` is relative to STATIC_ROOT, `url` is what clients ask for. */
export function isImmutable(test: ImmutableTest, path: string, url: string): boolean {
  // A regular expression with the flag g or y would remember where it stopped.
  return test instanceof RegExp ? path.search(test) !== -1 : test(path, url);
}
