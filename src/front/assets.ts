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

/** Who answers requests for assets: the server, or the app for a reason. */
export type Assets = ServedAssets | { readonly servedBy: 'app'; readonly because: AppOnly };

/** Why the app has to answer: only the code of the site can decide, or servers would read the URL in other ways. */
export type AppOnly =
  | 'headers-function'
  | 'immutable-function'
  | 'immutable-characters'
  | 'url-of-the-site'
  | 'url-characters';

/** Assets that the server answers. What it cannot find or read, and any other request, goes to the app. */
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
  /** PCREs of what follows `urlPath` in the target, up to a query. What they match has one decoding. */
  readonly paths: { readonly file: string; readonly directory: string };
  /** The file that answers for its folder, and is not asked for by its own name. Undefined: none does. */
  readonly index: string | undefined;
  /** Assets that are answered at the root of the site too. */
  readonly rootFiles: readonly string[];
  /** Request headers, in lower case, that the app has to judge. */
  readonly bypassHeaders: readonly string[];
  /** The Range headers that are one well-formed part: a pattern of the whole, without regard to case. */
  readonly range: string;
}

export interface AssetAnswer extends FileAnswer {
  /** The Content-Type of a name without a known extension. */
  readonly unknownType: string;
  readonly cacheControl: AssetCacheControl;
  /** The extensions of the files that pages of other origins may use, in lower case. */
  readonly openTo: 'all' | readonly string[];
  /** In order. A header that the site declares comes in place of the one that is decided here. */
  readonly headers: readonly AssetHeader[];
}

/** For how long an asset may be kept. */
export interface AssetCacheControl {
  readonly immutable: string;
  /** Names that never change by the word of the site: tested on the path below STATIC_ROOT. */
  readonly immutableNames: NamePattern | undefined;
  /** Names that `collect` made, unless the time of the file says otherwise. */
  readonly digestedName: NamePattern;
  /** The years, as sources of regular expressions, of files that never change, and of those that may whatever their names are. */
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

/** Undefined: the site has no assets. */
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

/** Of regular expressions, servers read those that mean the same byte by byte. */
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
    // Names of codings the app answers: see `paths`.
    rootFiles: rootFiles.filter(
      (path) => !Object.values(codingSuffixes).some((suffix) => path.endsWith(suffix)),
    ),
    // Servers judge it beside If-Match, which replaces it (RFC 9110 §13.1.4).
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
