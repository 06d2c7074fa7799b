import { digestedName } from '../digest.js';

/** The site's own test for names whose bytes never change. */
export type ImmutableTest = RegExp | ((path: string, url: string) => boolean);

/** A file of STATIC_ROOT that is judged by its name and mtime. */
export interface NamedFile {
  /** Relative to STATIC_ROOT. */
  readonly path: string;
  /** The path that clients request. */
  readonly url: string;
  /** When it was last changed, in seconds since 1970. */
  readonly modifiedSeconds: number;
}

/**
 * What has put a content hash into the name of a collected file: `collect` itself, the build that lists the file, or
 * nothing, although the name looks as if `collect` had.
 */
export type NamedBy = 'collect' | 'build' | 'nobody';

/**
 * The mtime of a collected file says what has named it: nginx knows the mtime before it answers, so it needs no list
 * and no reload. All spans are in the past on every clock, and archives and package managers use other times.
 */
const spans: Readonly<Record<NamedBy, { readonly firstSecond: number; readonly bits: number }>> = {
  /** 2001-09-09 to 2018-09-14. */
  collect: { firstSecond: 1_000_000_000, bits: 29 },
  /** 1990-01-01 to 1998-07-04. */
  build: { firstSecond: 631_152_000, bits: 28 },
  /** 1981-01-01 to 1989-07-04. */
  nobody: { firstSecond: 347_155_200, bits: 28 },
};

/** The years of these spans, as sources of regular expressions. */
export const namingYears = Object.freeze({ build: '199\\d', nobody: '198\\d' } as const);

/**
 * Returns the mtime of a collected file. nginx makes an ETag from mtime and length. A time that is made from the hash
 * makes that ETag identify the bytes, on every host and after each deployment.
 */
export function modifiedSecondsOf(hash: string, namedBy: NamedBy): number {
  const { firstSecond, bits } = spans[namedBy];
  return firstSecond + (Buffer.from(hash, 'base64url').readUInt32BE(0) >>> (32 - bits));
}

/**
 * Whether the bytes of a file never change: the site says so, its build has named it, or `collect` has. Nothing is
 * guessed, because a browser does not ask for such a file again for a year.
 */
export function isImmutable({ path, url, modifiedSeconds }: NamedFile, test?: ImmutableTest): boolean {
  if (test !== undefined && passes(test, path, url)) return true;
  const year = String(new Date(modifiedSeconds * 1000).getUTCFullYear());
  if (isYearOf('build', year)) return true;
  return digestedName.test(path) && !isYearOf('nobody', year);
}

function passes(test: ImmutableTest, path: string, url: string): boolean {
  // A regular expression with the flag g or y would remember where it stopped.
  return test instanceof RegExp ? path.search(test) !== -1 : test(path, url);
}

function isYearOf(namedBy: keyof typeof namingYears, year: string): boolean {
  return new RegExp(`^${namingYears[namedBy]}$`).test(year);
}
