import { validateHeaderName, validateHeaderValue } from 'node:http';
import { messageOf } from '../../errors.js';
import type { OptionReader } from '../../option-reader.js';
import { isContentType } from '../../page/response/types.js';
import type { ImmutableTest } from './immutable.js';
import { isServable } from './path.js';
import { type AssetTypes, defaultAssetTypes } from './types.js';

/** Header names and values. */
export type AssetHeaders = Readonly<Record<string, string>>;

/** How assets are served. */
export interface ServeOptions {
  /**
   * Which names never change, in addition to those that `collect` made and those that a build lists: tested on the path
   * below STATIC_ROOT. nginx knows only regular expressions; if this is a function, nginx leaves the assets to the app.
   * Default: none.
   */
  readonly immutable?: ImmutableTest;
  /** For how long browsers may use other assets without asking again, in seconds. Default: 60. */
  readonly maxAgeSeconds?: number;
  /**
   * Headers that every asset has, or a function that returns those of one asset and is called once for each. If this is
   * a function, nginx leaves the assets to the app. Default: none.
   */
  readonly headers?: AssetHeaders | ((path: string, url: string) => AssetHeaders | undefined);
  /** Which assets pages of other sites may use: `Access-Control-Allow-Origin: *`. Default: `fonts`. */
  readonly allowOrigin?: AllowOrigin;
  /** The name of the file that is served for its folder; `true`: index.html. Default: none. */
  readonly index?: boolean | string;
  /** Whether symbolic links below STATIC_ROOT are followed, wherever they lead. Default: no. */
  readonly symlinks?: boolean;
  /** Assets that are served at the root of the site too: `['favicon.ico', 'robots.txt']`. Default: none. */
  readonly rootFiles?: readonly string[];
  /** The Content-Type by extension where it differs from the default: `{ foo: 'application/x-foo' }`. */
  readonly types?: AssetTypes;
}

/** Which assets other origins may read: fonts (browsers refuse them otherwise), all, or none. */
export type AllowOrigin = 'fonts' | 'all' | 'none';

/** {@link ServeOptions} with every default filled in. */
export interface ResolvedServeOptions {
  /** `undefined` if the site has no such test. */
  readonly immutable: ImmutableTest | undefined;
  readonly maxAgeSeconds: number;
  readonly headers: AssetHeaders | ((path: string, url: string) => AssetHeaders | undefined);
  readonly allowOrigin: AllowOrigin;
  /** `undefined` if no folder has an index. */
  readonly index: string | undefined;
  readonly symlinks: boolean;
  readonly rootFiles: readonly string[];
  readonly types: AssetTypes;
}

const DEFAULT_MAX_AGE_SECONDS = 60;
const INDEX = 'index.html';

/** The names of these options, for the check for unknown options. */
export const serveOptionNames = Object.keys({
  immutable: 0,
  maxAgeSeconds: 0,
  headers: 0,
  allowOrigin: 0,
  index: 0,
  symlinks: 0,
  rootFiles: 0,
  types: 0,
} satisfies Record<keyof ServeOptions, 0>);

/** Reads the options and fills in defaults; the reader keeps the problems. */
export function readServeOptions(read: OptionReader): ResolvedServeOptions {
  const allowOrigin = read.oneOf('allowOrigin', "'fonts', 'all' or 'none'", isAllowOrigin, 'fonts');
  return {
    immutable: readImmutable(read),
    maxAgeSeconds: read.oneOf(
      'maxAgeSeconds',
      'a whole number of seconds, 0 or more',
      isSeconds,
      DEFAULT_MAX_AGE_SECONDS,
    ),
    headers: readHeaders(read),
    allowOrigin,
    index: readIndex(read),
    symlinks: read.boolean('symlinks', false),
    rootFiles: readRootFiles(read),
    types: readTypes(read),
  };
}

function isAllowOrigin(value: unknown): value is AllowOrigin {
  return value === 'fonts' || value === 'all' || value === 'none';
}

function readImmutable(read: OptionReader): ImmutableTest | undefined {
  const value = read.raw('immutable');
  if (value === undefined || isImmutableTest(value)) return value;
  return read.refuse('immutable', 'a regular expression or a function', value);
}

function isImmutableTest(value: unknown): value is ImmutableTest {
  return value instanceof RegExp || typeof value === 'function';
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

type HeadersOption = ResolvedServeOptions['headers'];

function readHeaders(read: OptionReader): HeadersOption {
  const value = read.raw('headers');
  if (isFunction(value)) return value;
  const declared = [...read.headers('headers').values()];
  return Object.fromEntries(declared.map(({ name, value: text }) => [name, text]));
}

function isFunction(value: unknown): value is (path: string, url: string) => AssetHeaders | undefined {
  return typeof value === 'function';
}

function readIndex(read: OptionReader): string | undefined {
  const value = read.raw('index') ?? false;
  if (typeof value === 'boolean') return value ? INDEX : undefined;
  if (typeof value === 'string' && isFileName(value) && !value.includes('/')) return value;
  return read.refuse('index', 'true, false, or the name of a file', value);
}

function readRootFiles(read: OptionReader): readonly string[] {
  const value = read.raw('rootFiles') ?? [];
  if (Array.isArray(value) && value.every(isFileName)) return value;
  read.refuse('rootFiles', 'an array of names below STATIC_ROOT, of plain characters', value);
  return [];
}

/** Whether a name is the same in a URL, in a file system and in a configuration. */
function isFileName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w./@+-]+$/.test(value) && value !== '' && isServable(value);
}

function readTypes(read: OptionReader): AssetTypes {
  const value = read.raw('types') ?? {};
  if (typeof value === 'object' && value !== null && Object.entries(value).every(isTypeOfExtension)) {
    return Object.freeze({ ...defaultAssetTypes(), ...(value as AssetTypes) });
  }
  read.refuse('types', 'an object of extensions in lower case, without dots, and their types', value);
  return defaultAssetTypes();
}

function isTypeOfExtension([extension, type]: [string, unknown]): boolean {
  return /^[a-z0-9_-]+$/.test(extension) && isContentType(type);
}

/** Checks the headers that a function returned. Throws an error that names the asset if a header cannot be sent. */
export function checkedHeaders(headers: AssetHeaders | undefined, path: string): AssetHeaders {
  for (const [name, value] of Object.entries(headers ?? {})) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      throw new TypeError(`\`headers\` gave ${path} a header that cannot be sent: ${messageOf(error)}`);
    }
  }
  return headers ?? {};
}
