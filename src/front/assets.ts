import { digestedName } from '../assets/digest.js';
import { fontExtensions, IMMUTABLE, shortCacheControl } from '../assets/serve/headers.js';
import { namingYears } from '../assets/serve/immutable.js';
import type { AllowOrigin, ResolvedServeOptions } from '../assets/serve/options.js';
import { assetPathSource } from '../assets/serve/path.js';
import { codingSuffixes } from '../assets/serve/source.js';
import { UNKNOWN_TYPE } from '../assets/serve/types.js';
import { storedCodings } from '../files/compress.js';
import type { FileAnswer } from './answers.js';
import { readingMethods } from './gate.js';

/** The assets of a site. */
export interface SiteAssets {
  /** STATIC_ROOT. */
  readonly root: string;
  /** The path of the assets' URL, with a slash at both ends. */
  readonly urlPath: string;
  readonly serve: ResolvedServeOptions;
}

/** Who answers requests for assets: the server, or the app, with the reason. */
export type Assets = ServedAssets | { readonly servedBy: 'app'; readonly because: AppOnly };

/** Why the app must answer: only the site's code can decide, or servers would read the URL differently. */
export type AppOnly =
  | 'headers-function'
  | 'immutable-function'
  | 'immutable-characters'
  | 'url-of-the-site'
  | 'url-characters';

/**
 * How the server answers requests for assets. If it cannot find or read the file, and for any other request, the app
 * answers.
 */
export interface ServedAssets {
  readonly servedBy: 'front';
  /** STATIC_ROOT as the server sees it. */
  readonly root: string;
  readonly requests: AssetRequests;
  readonly answer: AssetAnswer;
  readonly symlinks: boolean;
}

/** Which requests an asset may answer. */
export interface AssetRequests {
  readonly methods: readonly string[];
  readonly urlPath: string;
  /** PCREs of the part of the target between `urlPath` and the query. Text that matches has exactly one decoding. */
  readonly paths: { readonly file: string; readonly directory: string };
  /** The file that answers for its folder, and not under its own name. `undefined` if no file does. */
  readonly index: string | undefined;
  /** Assets that are also answered at the root of the site. */
  readonly rootFiles: readonly string[];
  /** Request headers, in lower case, with which a request goes to the app. */
  readonly bypassHeaders: readonly string[];
  /** A pattern of a whole Range header that is one well-formed part, without regard to case. */
  readonly range: string;
}

export interface AssetAnswer extends FileAnswer {
  /** The Content-Type of a file without a known extension. */
  readonly unknownType: string;
  readonly cacheControl: AssetCacheControl;
  /** The extensions, in lower case, of the files that pages of other origins may use. */
  readonly openTo: 'all' | readonly string[];
  /** In the order in which they are written. A header that the site declares replaces the one that is decided here. */
  readonly headers: readonly AssetHeader[];
}

/** How long an asset may be kept. */
export interface AssetCacheControl {
  readonly immutable: string;
  /** A pattern of the files that never change, as the site declares. It is tested on the path below STATIC_ROOT. */
  readonly immutableNames: NamePattern | undefined;
  /** Names that `collect` makes: such a file never changes, unless its time says otherwise. */
  readonly digestedName: NamePattern;
  /** Regular expressions for the year in a file's time: `build` if it never changes, `nobody` if it may, whatever its name is. */
  readonly years: { readonly build: string; readonly nobody: string };
  readonly others: string;
}

/** A regular expression of JavaScript as data. */
export type NamePattern = Pick<RegExp, 'source' | 'ignoreCase' | 'multiline' | 'dotAll'>;

/** A header that is constant, or that depends on the name of the asset. */
export type AssetHeader = readonly [name: string, value: string] | readonly [name: string, by: AssetDecision];

export interface AssetDecision {
  readonly decidedBy: 'cacheControl' | 'openTo';
}

/** Returns `undefined` if the site has no assets. */
export function describeAssets(
  assets: SiteAssets | undefined,
  staticRoot: string | undefined,
): Assets | undefined {
  if (assets === undefined) return undefined;
  const because = whyAppOnly(assets);
  if (because !== undefined) return { servedBy: 'app', because };
  const { urlPath, serve } = assets;
  return {
    servedBy: 'front',
    root: staticRoot ?? assets.root,
    requests: describeRequests(urlPath, serve),
    answer: describeAnswer(assets),
    symlinks: serve.symlinks,
  };
}

/**
 * Returns why the app must answer, or `undefined`. Servers can use a regular expression only if it means the same byte
 * by byte.
 */
function whyAppOnly({ urlPath, serve: { immutable, headers: declared } }: SiteAssets): AppOnly | undefined {
  if (typeof declared === 'function') return 'headers-function';
  if (typeof immutable === 'function') return 'immutable-function';
  if (/[uv]/.test(immutable?.flags ?? '')) return 'immutable-characters';
  if (urlPath === '/') return 'url-of-the-site';
  return /^[\w./~-]+$/.test(urlPath) ? undefined : 'url-characters';
}

function describeRequests(
  urlPath: string,
  { index, rootFiles }: Pick<ResolvedServeOptions, 'index' | 'rootFiles'>,
): AssetRequests {
  return {
    methods: readingMethods,
    urlPath,
    paths: { file: assetPathSource('file'), directory: assetPathSource('directory') },
    index,
    // The app answers for names that end like a coding: see `paths`.
    rootFiles: rootFiles.filter(
      (path) => !Object.values(codingSuffixes).some((suffix) => path.endsWith(suffix)),
    ),
    // Servers evaluate it even with If-Match, which replaces it (RFC 9110 §13.1.4).
    bypassHeaders: ['if-unmodified-since'],
    range: 'bytes=(?:\\d{1,15}-\\d{0,15}|-\\d{1,15})',
  };
}

function describeAnswer({ serve }: SiteAssets): AssetAnswer {
  return {
    types: serve.types,
    unknownType: UNKNOWN_TYPE,
    codings: storedCodings,
    vary: 'with-codings',
    entityTag: 'time-and-length',
    ifModifiedSince: 'exact',
    rangeParts: 1,
    cacheControl: {
      immutable: IMMUTABLE,
      immutableNames: serve.immutable instanceof RegExp ? namePattern(serve.immutable) : undefined,
      digestedName: namePattern(digestedName),
      years: namingYears,
      others: shortCacheControl(serve),
    },
    openTo: openExtensions[serve.allowOrigin],
    headers: describeHeaders(serve.headers),
  };
}

function namePattern({ source, ignoreCase, multiline, dotAll }: RegExp): NamePattern {
  return { source, ignoreCase, multiline, dotAll };
}

const openExtensions: Readonly<Record<AllowOrigin, AssetAnswer['openTo']>> = {
  fonts: fontExtensions,
  all: 'all',
  none: [],
};

const decided: readonly AssetHeader[] = [
  ['Cache-Control', { decidedBy: 'cacheControl' }],
  ['Access-Control-Allow-Origin', { decidedBy: 'openTo' }],
];

function describeHeaders(declared: ResolvedServeOptions['headers']): readonly AssetHeader[] {
  const own = typeof declared === 'function' ? [] : Object.entries(declared);
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  return [...decided.filter(([name]) => !names.has(name.toLowerCase())), ...own];
}
