import { resolve } from 'node:path';
import type { OptionReader } from '../option-reader.js';
import {
  type ResolvedServeOptions,
  readServeOptions,
  type ServeOptions,
  serveOptionNames,
} from './serve/options.js';

/** A folder of assets whose names begin with a prefix. */
export interface AssetFolder {
  /** A relative path starts at the working directory. */
  readonly path: string;
  /** The prefix of the names of its files, without outer slashes: `vendor`. Default: nothing. */
  readonly prefix?: string;
  /**
   * The file, or the files, in which a build lists what it has put into this folder. A file that the build has named by
   * content keeps its name, and is served as one that never changes. A relative path starts at the working directory.
   * Vite's `.vite/manifest.json` is read in any case. Default: none.
   */
  readonly buildManifest?: string | readonly string[];
}

/** The assets of a package. */
export interface AssetPackage {
  /** The package's name: `bootstrap`, `@fontsource/inter`. It is found as Node finds it, from the working directory. */
  readonly name: string;
  /** The folder in the package: `dist`. Default: the whole package. */
  readonly dir?: string;
  /** The prefix of the names of its files. Default: the package's name. */
  readonly prefix?: string;
}

/** The kinds of files in which references are replaced. In CSS and JavaScript, they include source maps' names. */
export interface AssetRewrites {
  /** `url()`, `@import`, `image-set()` and source maps of stylesheets. Default: true. */
  readonly css?: boolean;
  /** Relative imports of JavaScript modules. Default: false; the source map's name is replaced in any case. */
  readonly js?: boolean;
  /** Links of HTML files. Default: false. */
  readonly html?: boolean;
  /** Links of SVG files. Default: false. */
  readonly svg?: boolean;
  /** Icons and screenshots of web app manifests. Default: false. */
  readonly webmanifest?: boolean;
}

/** `development`: names are looked up in the folders with each request; `production`: in what `collect` has made. */
export type AssetMode = 'development' | 'production';

/** Whether a reference to a file that does not exist, or a folder that does not exist, is an error or a warning. */
export type MissingReference = 'error' | 'warn';

/** The static files of a site: where they are found, where `collect` puts them, and under which URL they are served. */
export interface AssetOptions extends ServeOptions {
  /** The folders of the assets, in order: if several contain a name, the first wins. Default: none. */
  readonly dirs?: readonly (string | AssetFolder)[];
  /** Packages whose assets are served too, after `dirs`. Default: none. */
  readonly packages?: readonly (string | AssetPackage)[];
  /** Globs of files to leave out, tried on base name and whole name. Default: `CVS`, `.!(well-known)`, `*~`. */
  readonly ignore?: readonly string[];
  /** STATIC_ROOT: the folder that only `collect` fills. Default: the environment variable `STATIC_ROOT`. */
  readonly root?: string;
  /** STATIC_URL: a path, or a CDN's URL, that ends with a slash. Default: `/static/`. */
  readonly url?: string;
  /** Default: `production` if the environment variable `NODE_ENV` is `production`, otherwise `development`. */
  readonly mode?: AssetMode;
  /** The kinds of files in which references are replaced by digested names. */
  readonly rewrite?: AssetRewrites;
  /**
   * Whether a reference to a file that does not exist, or a folder of `dirs` or `packages` that does not exist, is an
   * error or a warning. A missing source map is always a warning. Default: `error`.
   */
  readonly missing?: MissingReference;
}

/** Where assets are looked for: a folder, or a folder in a package, which is located when it is needed. */
export interface AssetPlace {
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
  /** An absolute path; for a package, the path of the folder in it. */
  readonly path: string;
  readonly packageName: string | undefined;
  /** Absolute paths. */
  readonly buildManifests: readonly string[];
}

/** {@link AssetOptions} with every default filled in. */
export interface ResolvedAssetOptions {
  readonly places: readonly AssetPlace[];
  readonly ignore: readonly string[];
  readonly root: string;
  /** Ends with a slash. */
  readonly url: string;
  /** The path of `url`, with which requests for assets begin. */
  readonly urlPath: string;
  readonly mode: AssetMode;
  readonly rewrite: Required<AssetRewrites>;
  readonly missing: MissingReference;
  readonly serve: ResolvedServeOptions;
}

/** Files that are rarely meant to be served: version control, hidden files except `.well-known`, editors' backups. */
export const defaultIgnore: readonly string[] = Object.freeze(['CVS', '.!(well-known)', '*~']);
const DEFAULT_URL = '/static/';

const prefixPattern = /^(?!\/)(?!.*\/$)(?!.*\/\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))[^\0\\?#]*$/;
const packagePattern = /^(?:@[\w.~-]+\/)?[\w.~-]+$/;
const urlPattern = /^(?:https?:\/\/[^/?#\s]+)?\/(?!\/)(?:[^?#\s\\]*\/)?$/;

/** Reads the group `assets`, and reports problems to the reader. */
export function readAssetOptions(
  read: OptionReader,
  environment: NodeJS.ProcessEnv = process.env,
): ResolvedAssetOptions {
  read.refuseUnknown([...optionNames, ...serveOptionNames]);
  const places = [...readFolders(read), ...readPackages(read)];
  const root = resolve(read.path('root', 'STATIC_ROOT', environment));
  const url = readUrl(read);
  const fallbackMode = environment.NODE_ENV === 'production' ? 'production' : 'development';
  return Object.freeze({
    places,
    ignore: read.names('ignore', defaultIgnore, /^[^\0]+$/, 'a glob'),
    root,
    url,
    urlPath: url.replace(/^https?:\/\/[^/]+/, ''),
    mode: read.oneOf('mode', "'development' or 'production'", isMode, fallbackMode),
    rewrite: readRewrites(read.group('rewrite')),
    missing: read.oneOf('missing', "'error' or 'warn'", isMissing, 'error'),
    serve: readServeOptions(read),
  });
}

function readUrl(read: OptionReader): string {
  const url = read.string('url', DEFAULT_URL);
  if (urlPattern.test(url)) return url;
  read.refuse('url', "a path or an http(s) URL that ends with a slash, such as '/static/'", url);
  return DEFAULT_URL;
}

function readFolders(read: OptionReader): readonly AssetPlace[] {
  return itemsOf(read, 'dirs', (path) => ({ path })).map(([name, item]) => {
    const { path } = item;
    if (!isPath(path)) read.refuse(`${name}.path`, 'a path', path);
    const prefix = readPrefix(read, name, item.prefix ?? '');
    const buildManifests = readBuildManifests(read, name, item.buildManifest ?? []);
    return { prefix, path: resolve(isPath(path) ? path : '.'), packageName: undefined, buildManifests };
  });
}

function readPackages(read: OptionReader): readonly AssetPlace[] {
  return itemsOf(read, 'packages', (name) => ({ name })).map(([name, item]) => {
    const isNamed = typeof item.name === 'string' && packagePattern.test(item.name);
    if (!isNamed) read.refuse(`${name}.name`, "a package's name", item.name);
    const packageName = isNamed ? String(item.name) : '';
    const prefix = readPrefix(read, name, item.prefix ?? packageName);
    const dir = item.dir ?? '';
    const place = { prefix, packageName, buildManifests: [] };
    if (typeof dir === 'string' && prefixPattern.test(dir)) return { ...place, path: dir };
    read.refuse(`${name}.dir`, 'a folder in the package, without outer slashes', dir);
    return { ...place, path: '' };
  });
}

/** Returns the items of a list, each with its name for messages. An item may be a string, which is its short form. */
function itemsOf(
  read: OptionReader,
  option: 'dirs' | 'packages',
  fromString: (text: string) => Readonly<Record<string, unknown>>,
): readonly (readonly [string, Readonly<Record<string, unknown>>])[] {
  const known = itemNames[option];
  const value = read.raw(option) ?? [];
  if (!Array.isArray(value)) {
    read.refuse(option, 'an array of strings and objects', value);
    return [];
  }
  return value.flatMap((item: unknown, index) => {
    const name = `${option}[${index}]`;
    if (typeof item === 'string' && item !== '') return [[name, fromString(item)] as const];
    if (typeof item === 'object' && item !== null && Object.keys(item).every((key) => known.includes(key)))
      return [[name, { ...item }] as const];
    read.refuse(name, `a string or an object of ${known.join(', ')}`, item);
    return [];
  });
}

const itemNames: Readonly<Record<'dirs' | 'packages', readonly string[]>> = {
  dirs: ['path', 'prefix', 'buildManifest'],
  packages: ['name', 'dir', 'prefix'],
};

function readPrefix(read: OptionReader, name: string, prefix: unknown): string {
  if (prefix === '') return '';
  if (typeof prefix === 'string' && prefixPattern.test(prefix)) return `${prefix}/`;
  read.refuse(`${name}.prefix`, 'a path without outer slashes', prefix);
  return '';
}

function readBuildManifests(read: OptionReader, name: string, written: unknown): readonly string[] {
  const paths: readonly unknown[] = Array.isArray(written) ? written : [written];
  if (paths.every(isPath)) return paths.map((path) => resolve(path));
  read.refuse(`${name}.buildManifest`, 'a path, or an array of paths', written);
  return [];
}

function readRewrites(read: OptionReader | undefined): Required<AssetRewrites> {
  read?.refuseUnknown(Object.keys(defaultRewrites));
  const choose = (kind: keyof AssetRewrites) =>
    read?.boolean(kind, defaultRewrites[kind]) ?? defaultRewrites[kind];
  return Object.freeze({
    css: choose('css'),
    js: choose('js'),
    html: choose('html'),
    svg: choose('svg'),
    webmanifest: choose('webmanifest'),
  });
}

/** In a stylesheet, URLs are references. In the other kinds, a name may also be data, or other code may know it. */
const defaultRewrites = Object.freeze({ css: true, js: false, html: false, svg: false, webmanifest: false });

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function isMode(value: unknown): value is AssetMode {
  return value === 'development' || value === 'production';
}

function isMissing(value: unknown): value is MissingReference {
  return value === 'error' || value === 'warn';
}

const optionNames = Object.keys({
  dirs: 0,
  packages: 0,
  ignore: 0,
  root: 0,
  url: 0,
  mode: 0,
  rewrite: 0,
  missing: 0,
} satisfies Record<Exclude<keyof AssetOptions, keyof ServeOptions>, 0>);
