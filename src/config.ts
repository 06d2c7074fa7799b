import { resolve } from 'node:path';
import { type AssetOptions, type ResolvedAssetOptions, readAssetOptions } from './assets/options.js';
import {
  type ExportSettings,
  exportSettingNames,
  type ResolvedExport,
  readExport,
} from './export/options.js';
import { createLogger, type Logger } from './log.js';
import { OptionReader } from './option-reader.js';
import type { Extension } from './page/grammar.js';
import { cookieNamePattern, defaultBypassCookies, defaultIgnoreCookies } from './page/request/cookies.js';
import { parameterNamePattern } from './page/request/query.js';
import type { DeclaredHeaders } from './page/response/headers.js';
import { defaultBodyMarkers } from './page/response/rules.js';
import { compileRules, type Rules, type UrlPattern } from './page/rules.js';

/** How pages that are out of date are refreshed. */
export type Refresh = 'delete' | 'regenerate';

export const REFRESH_EXPECTED = "'delete' or 'regenerate'";

export function isRefresh(value: unknown): value is Refresh {
  return value === 'delete' || value === 'regenerate';
}

/** What a site tells {@link staticGenerator}. */
export interface Options {
  /**
   * The folder of the pages, ours alone: empty or absent at first use. Default: the environment variable `WEB_ROOT`.
   * A relative path starts at the working directory.
   */
  readonly webRoot?: string;
  /** Which URLs become pages: tested on the decoded path with JavaScript's own semantics, so anchor them. */
  readonly urls: readonly UrlPattern[];
  /** Which of these do not, all the same. Default: none. */
  readonly excludeUrls?: readonly UrlPattern[];
  /**
   * The Host values that are pages, without ports; with several, each has its own folder. Default: loopback names, and
   * what the generated nginx vouches for.
   */
  readonly hosts?: readonly string[];
  /** Query parameters that change nothing, `*` stands for any characters: `['utm_*', 'fbclid']`. Default: none. */
  readonly ignoreQuery?: readonly string[];
  /** Cookies that make a request personal, `*` as above. Default: names that look like a session or a token. */
  readonly bypassCookies?: readonly string[];
  /** Cookies that no page depends on, `*` as above. Default: analytics and consent banners. */
  readonly ignoreCookies?: readonly string[];
  /** Headers that every page has, with their constant values; nginx repeats them. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The Content-Type by extension where it differs from the default: `{ xml: 'application/rss+xml; charset=utf-8' }`. */
  readonly types?: Partial<Readonly<Record<Extension, string>>>;
  /** The largest body that is stored, in bytes. Default: 5 MiB. */
  readonly maxBodyBytes?: number;
  /** Texts that make a body personal, such as a CSRF field. Default: the fields of common frameworks. */
  readonly bodyMarkers?: readonly string[];
  /**
   * The release of the site. When it, the URL lists, types or headers differ from those of the process before, all pages
   * are invalidated, and processes of the old release store no more. Default: empty.
   */
  readonly version?: string;
  /**
   * What quickDelete does unless a call says otherwise: `delete` removes pages, for the next visitor to make anew;
   * `regenerate` renders them at once and serves the old ones until then. Default: `delete`.
   */
  readonly refresh?: Refresh;
  /** A logger with pino's methods, or `false` for silence. Default: pino on standard error at level `info`. */
  readonly logger?: Logger | false;
  /** For commands that render pages: imports the module whose default export or `app` is a request listener. */
  readonly app?: () => Promise<unknown>;
  /** Where `staticgenerator warm` starts and how far it goes. */
  readonly warm?: WarmOptions;
  /** How `staticgenerator export` and `exportSite()` make a folder of the site. */
  readonly export?: ExportSettings;
  /** Files whose changes delete pages, or regenerate them where `refresh` says so. Default: none. */
  readonly watch?: readonly WatchOptions[];
  /** The static files, for `collect`, `find` and nginx; the app hands them to `assets()`. Default: none. */
  readonly assets?: AssetOptions;
}

/** Where warming starts and how far it goes; the options of the command stand before these. */
export interface WarmOptions {
  /** Paths and URLs to start from. Default: `/`. */
  readonly urls?: readonly string[];
  /** The path of a sitemap, or of an index of them, whose pages are starts too. Default: none. */
  readonly sitemap?: string;
  /** Gives what has pages, such as classes with `all()`; called when warming begins. Default: none. */
  readonly models?: () => readonly unknown[] | Promise<readonly unknown[]>;
  /** How many links away from a start pages are made. Default: 100. */
  readonly depth?: number;
  /** Decoded paths that are neither made nor followed. Default: none. */
  readonly exclude?: readonly UrlPattern[];
  /** How many pages are rendered at a time. Default: 4. */
  readonly concurrency?: number;
}

/** Files that pages are made of, such as Markdown, and which pages these are. */
export interface WatchOptions {
  /** Globs, from the working directory: `'content/posts/*.md'`. */
  readonly files: string | readonly string[];
  /** What quickDelete takes, or what gives it for a file, named as the glob is. A class stands in an array. */
  readonly pages: string | object | ((file: string) => unknown);
}

/** {@link WatchOptions} with their globs in a list. */
export interface WatchedFiles {
  readonly files: readonly string[];
  readonly pages: WatchOptions['pages'];
}

/** {@link Options} with every default filled in, decided once at start. */
export interface ResolvedConfig {
  readonly webRoot: string;
  readonly rules: Rules;
  readonly hosts: readonly string[];
  readonly ignoreQuery: readonly string[];
  readonly bypassCookies: readonly string[];
  readonly ignoreCookies: readonly string[];
  readonly headers: DeclaredHeaders;
  readonly types: Readonly<Record<Extension, string>>;
  readonly maxBodyBytes: number;
  readonly bodyMarkers: readonly string[];
  readonly version: string;
  readonly refresh: Refresh;
  readonly logger: Logger;
  readonly app: (() => Promise<unknown>) | undefined;
  readonly warm: Required<Omit<WarmOptions, 'sitemap'>> & { readonly sitemap: string | undefined };
  readonly export: ResolvedExport;
  readonly watch: readonly WatchedFiles[];
  readonly assets: ResolvedAssetOptions | undefined;
}

const DEFAULT_MAX_BODY_BYTES = 5 * 1024 * 1024;

/** Endless calendars end somewhere; lists of a thousand entries are reached by their pages. */
const DEFAULT_WARM_DEPTH = 100;
const DEFAULT_WARM_CONCURRENCY = 4;

/** Gives a configuration its type; the configuration file's default export. */
export function defineConfig(options: Options): Options {
  return options;
}

/**
 * Validates options and fills in defaults. Throws one `ERR_OPTIONS` that names every problem: the option, what was
 * expected and what came.
 */
export function resolveConfig(given: Options, environment: NodeJS.ProcessEnv = process.env): ResolvedConfig {
  const read = new OptionReader(given);
  read.refuseUnknown(optionNames);
  const webRoot = read.webRoot('webRoot', environment.WEB_ROOT);
  const urls = read.patterns('urls', undefined);
  const excludeUrls = read.patterns('excludeUrls', []);
  const written = read.names('hosts', [], hostPattern, 'a host name without a port');
  const hosts = [...new Set(written.map((host) => host.toLowerCase()))];
  const ignoreQuery = read.names(
    'ignoreQuery',
    [],
    parameterNamePattern,
    'a parameter name, `*` for any characters',
  );
  const bypassCookies = read.names('bypassCookies', defaultBypassCookies, cookieNamePattern, COOKIE_NAME);
  const ignoreCookies = read.names('ignoreCookies', defaultIgnoreCookies, cookieNamePattern, COOKIE_NAME);
  const headers = read.headers('headers');
  const types = read.types('types');
  const maxBodyBytes = read.positiveInteger('maxBodyBytes', DEFAULT_MAX_BODY_BYTES);
  const bodyMarkers = read.names('bodyMarkers', defaultBodyMarkers, /./s, 'a text');
  const version = read.string('version', '');
  const refresh = read.oneOf('refresh', REFRESH_EXPECTED, isRefresh, 'delete');
  const logger = read.logger('logger');
  const app = read.app('app');
  const warm = readWarm(read.group('warm') ?? new OptionReader({}));
  const exported = readExportGroup(read.group('export') ?? new OptionReader({}));
  const watch = read.groups('watch').map(readWatch);
  const assetReader = read.group('assets');
  const assets = assetReader && readAssetOptions(assetReader, environment);
  read.throwProblems();
  return Object.freeze({
    webRoot: resolve(webRoot),
    rules: compileRules(urls, excludeUrls),
    ...{
      hosts,
      ignoreQuery,
      bypassCookies,
      ignoreCookies,
      headers,
      types,
      maxBodyBytes,
      bodyMarkers,
      version,
      refresh,
      app,
      warm,
      watch,
      assets,
    },
    export: exported,
    logger: logger === false ? createLogger('silent') : (logger ?? createLogger('info')),
  });
}

function readWarm(read: OptionReader): ResolvedConfig['warm'] {
  read.refuseUnknown(['urls', 'sitemap', 'models', 'depth', 'exclude', 'concurrency']);
  const models = read.raw('models') ?? (() => []);
  const depth = read.raw('depth') ?? DEFAULT_WARM_DEPTH;
  if (!isModels(models)) read.refuse('models', 'a function that gives an array', models);
  if (!Number.isSafeInteger(depth) || Number(depth) < 0) read.refuse('depth', 'a whole number from 0', depth);
  return {
    urls: read.names('urls', ['/'], /^(?:\/|https?:)/, 'a path or a URL'),
    sitemap: read.string('sitemap', '') || undefined,
    models: isModels(models) ? models : () => [],
    depth: Number(depth),
    exclude: read.patterns('exclude', []),
    concurrency: read.positiveInteger('concurrency', DEFAULT_WARM_CONCURRENCY),
  };
}

function readExportGroup(read: OptionReader): ResolvedExport {
  read.refuseUnknown(exportSettingNames);
  return readExport(read);
}

function readWatch(read: OptionReader): WatchedFiles {
  read.refuseUnknown(['files', 'pages']);
  const written = read.raw('files');
  const files: readonly unknown[] = Array.isArray(written) ? written : [written];
  const globs = files.filter((file): file is string => typeof file === 'string' && /^[^!]/.test(file));
  if (globs.length < files.length || globs.length === 0)
    read.refuse('files', 'a glob that is not negated, or an array of them', written);
  const pages = read.raw('pages');
  if (isWatchedPages(pages)) return { files: globs, pages };
  read.refuse('pages', 'targets of quickDelete, or a function that gives them for a file', pages);
  return { files: globs, pages: [] };
}

function isWatchedPages(value: unknown): value is WatchOptions['pages'] {
  return value !== null && ['string', 'object', 'function'].includes(typeof value);
}

function isModels(value: unknown): value is NonNullable<WarmOptions['models']> {
  return typeof value === 'function';
}

const optionNames = Object.keys({
  webRoot: 0,
  urls: 0,
  excludeUrls: 0,
  hosts: 0,
  ignoreQuery: 0,
  bypassCookies: 0,
  ignoreCookies: 0,
  headers: 0,
  types: 0,
  maxBodyBytes: 0,
  bodyMarkers: 0,
  version: 0,
  refresh: 0,
  logger: 0,
  app: 0,
  warm: 0,
  export: 0,
  watch: 0,
  assets: 0,
} satisfies Record<keyof Options, 0>);

const COOKIE_NAME = 'a cookie name, `*` for any characters';
const hostPattern = /^(?:(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\])$/i;
