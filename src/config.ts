import { resolve } from 'node:path';
import { type AssetOptions, type ResolvedAssetOptions, readAssetOptions } from './assets/options.js';
import { isRefresh, REFRESH_EXPECTED, type Refresh } from './change/refresh.js';
import { type ResolvedBounds, readBounds } from './change/room/options.js';
import { readWatch, type WatchedFiles, type WatchOptions } from './change/watch-options.js';
import type { Cluster } from './cluster/bus.js';
import { type CdnOptions, type ResolvedCdn, readCdn } from './cluster/cdn/options.js';
import { readPageHeaders } from './cluster/cdn/page-headers.js';
import type { CdnService, PurgeUrls } from './cluster/cdn/service.js';
import { readCluster } from './cluster/options.js';
import { readHosts } from './config/hosts.js';
import { readNameLists } from './config/name-lists.js';
import { readTypes } from './config/types.js';
import { readUrlRules } from './config/url-rules.js';
import { readVariants, withVariantCookies } from './config/variants.js';
import { type ExportSettings, type ResolvedExport, readExportGroup } from './export/options.js';
import { type IslandOptions, type ResolvedIslands, readIslands } from './islands/options.js';
import { createLogger, type Logger, silentLogger } from './log.js';
import { type CountHits, type ResolvedCountHits, readCountHits } from './operate/hits/options.js';
import { OptionReader } from './option-reader.js';
import { isScheme, SCHEME_EXPECTED, type Scheme } from './page/request/audience.js';
import { headerNamePattern } from './page/request/header-reads.js';
import type { NameChanges, NameList } from './page/request/name-list.js';
import type { DeclaredHeaders } from './page/response/headers.js';
import { defaultBodyMarkers } from './page/response/markers.js';
import type { PageTypes, TypedName } from './page/response/types.js';
import { compileRules, type Rules, type UrlPattern, type UrlRule } from './page/rules.js';
import type { Dimension, VariantDimension } from './page/variants/dimension.js';
import { readApp } from './publish/render/attached-app.js';
import { type ResolvedWarm, readWarm, type WarmOptions } from './publish/warm/options.js';

export { defaults } from './config/name-lists.js';
export type { NameChanges, NameList };

/** The options that a site passes to {@link staticGenerator}. */
export interface Options {
  /**
   * The folder of the pages, used for nothing else: empty or absent at first use. A relative path starts at the working
   * directory. Default: the environment variable `WEB_ROOT`.
   */
  readonly webRoot?: string;
  /**
   * Which URLs become pages: regular expressions of JavaScript, tested on the decoded path. They are not anchored: write `^`
   * and `$`. {@link UrlRuleObject} says more.
   */
  readonly urls: readonly UrlRule[];
  /** Exceptions: URLs that `urls` selects, but that do not become pages. Default: none. */
  readonly excludeUrls?: readonly UrlPattern[];
  /**
   * The values of Host that have pages, without ports; with several, each has its own folder. Default: loopback names, and
   * the names that the generated nginx vouches for.
   */
  readonly hosts?: readonly string[];
  /** The one scheme of the site's pages, `https` or `http`; the app answers requests that use the other. Default: either. */
  readonly scheme?: Scheme;
  /**
   * How pages of one URL differ: `{ language: { cookie: 'lang', header: 'accept-language', values: ['en', 'de'] } }`. A rule
   * of `urls` names the dimensions of its pages, and the app asks for the value with `variant()`. Default: none.
   */
  readonly variants?: Readonly<Record<string, VariantDimension>>;
  /** Query parameters that change nothing; `*` stands for any characters: `['utm_*', 'fbclid']`. Default: none. */
  readonly ignoreQuery?: NameList;
  /** Cookies that make a request personal; `*` as above. Default: names that suggest a session, a user or a choice. */
  readonly bypassCookies?: NameList;
  /** Cookies that no page depends on; `*` as above. Default: those of analytics, consent banners and load balancers. */
  readonly ignoreCookies?: NameList;
  /**
   * Request headers that send a request to the app, in addition to credentials, ranges and the like. Default: what scripts
   * send, such as the headers of htmx, Turbo and React server components, and Origin.
   */
  readonly bypassHeaders?: NameList;
  /** Request headers that no page depends on, even if the app reads them; `*` as above. Default: those of tracing. */
  readonly ignoreHeaders?: NameList;
  /** The routes of the parts of shared pages that are fetched for each visitor, see `island()`. Default: none. */
  readonly islands?: IslandOptions;
  /** Response headers in which the app names the pages that an unsafe request has changed. Default: none. */
  readonly purgeHeaders?: readonly string[];
  /** Headers that every page has, with their constant values; nginx sends them too. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The Content-Type by extension or by path, where it differs from the default:
   * `{ xml: 'application/rss+xml; charset=utf-8', '/rss/': 'application/rss+xml' }`.
   */
  readonly types?: Partial<Readonly<Record<TypedName, string>>>;
  /** The largest body that is stored, in bytes. Default: 5 MiB. */
  readonly maxBodyBytes?: number;
  /** Texts that make a body personal, such as a CSRF field. Default: the fields of common frameworks. */
  readonly bodyMarkers?: readonly string[];
  /**
   * The release of the site. If it, or an option that decides what pages are or contain, differs from that of the previous
   * process, all pages are invalidated, and processes of the old release store no more pages. Default: empty.
   */
  readonly version?: string;
  /**
   * What quickDelete does unless a call says otherwise. `delete` removes pages, and the next request renders them again.
   * `regenerate` renders them at once, and serves the old ones until then. Default: `delete`.
   */
  readonly refresh?: Refresh;
  /** A logger with pino's methods, or `false` for no log. Default: pino on standard error at level `info`. */
  readonly logger?: Logger | false;
  /** For commands that render pages: imports the module whose default export or `app` is a request listener. */
  readonly app?: () => Promise<unknown>;
  /** Where `staticgenerator warm` starts, and how far it goes. */
  readonly warm?: WarmOptions;
  /** How `staticgenerator export` and `exportSite()` export the site to a folder. */
  readonly export?: ExportSettings;
  /** Files whose changes delete pages, or regenerate them if `refresh` says so. Default: none. */
  readonly watch?: readonly WatchOptions[];
  /** The static files, for `collect`, `find` and nginx; the app passes them to `assets()`. Default: none. */
  readonly assets?: AssetOptions;
  /** What several hosts share: `redis({ url })` of `staticgenerator/redis`, or `postgresBus(pool)`. Default: one host. */
  readonly cluster?: Cluster;
  /** The CDN that purges deleted, replaced and expired pages: `cloudflare()` of `staticgenerator/cdn`. Default: none. */
  readonly cdn?: CdnService | PurgeUrls | CdnOptions;
  /**
   * Whether nginx reports to the app which pages it served, by UDP on this machine: `true`, or `{ port, oneIn }`. `stats`
   * shows the counts. Default: `false`.
   */
  readonly countHits?: boolean | CountHits;
  /** The largest number of pages that are stored; the least used are evicted first. Default: no limit. */
  readonly maxPages?: number;
  /** The most bytes of the disk that the pages take, including their codings. Default: no limit. */
  readonly maxBytes?: number;
  /** The bytes that the pages leave free on the disk of WEB_ROOT. Default: no limit. */
  readonly minFreeBytes?: number;
}

/** The part of {@link Options}, resolved, that decides which responses are pages, and how they are answered. */
interface ResolvedPages extends PageTypes {
  readonly webRoot: string;
  readonly rules: Rules;
  readonly hosts: readonly string[];
  readonly scheme: Scheme | undefined;
  readonly dimensions: readonly Dimension[];
  readonly ignoreQuery: readonly string[];
  readonly bypassCookies: readonly string[];
  readonly ignoreCookies: readonly string[];
  /** All headers that send a request to the app, in lower case. */
  readonly bypassHeaders: readonly string[];
  readonly ignoreHeaders: readonly string[];
  /** In lower case. */
  readonly purgeHeaders: readonly string[];
  readonly headers: DeclaredHeaders;
  readonly islands: ResolvedIslands | undefined;
  readonly cdn: ResolvedCdn | undefined;
  readonly maxBodyBytes: number;
  readonly bodyMarkers: readonly string[];
}

/** The {@link Options} with every default filled in, decided once at start. */
export interface ResolvedConfig extends ResolvedPages {
  readonly version: string;
  readonly refresh: Refresh;
  readonly logger: Logger;
  readonly app: (() => Promise<unknown>) | undefined;
  readonly warm: ResolvedWarm;
  readonly export: ResolvedExport;
  readonly watch: readonly WatchedFiles[];
  readonly assets: ResolvedAssetOptions | undefined;
  readonly cluster: Cluster | undefined;
  readonly countHits: ResolvedCountHits | undefined;
  /** `undefined` if the pages may take all of the disk. */
  readonly bounds: ResolvedBounds | undefined;
}

const DEFAULT_MAX_BODY_BYTES = 5 * 1024 * 1024;

/** Returns the options, with their type: for the default export of the configuration file. */
export function defineConfig(options: Options): Options {
  return options;
}

/**
 * Validates options and fills in defaults. Throws one `ERR_OPTIONS` with all problems: option, expected value, given value.
 */
export function resolveConfig(given: Options, environment: NodeJS.ProcessEnv = process.env): ResolvedConfig {
  const read = new OptionReader(given);
  read.refuseUnknown(optionNames);
  const pages = readPages(read, environment);
  const version = read.string('version', '');
  const refresh = read.oneOf('refresh', REFRESH_EXPECTED, isRefresh, 'delete');
  const logger = read.logger('logger');
  const app = readApp(read);
  const groups = readGroups(read, environment);
  read.throwProblems();
  return Object.freeze({
    ...pages,
    ...{ version, refresh, app },
    ...groups,
    logger: logger === false ? silentLogger : (logger ?? createLogger()),
  });
}

function readPages(read: OptionReader, environment: NodeJS.ProcessEnv): ResolvedPages {
  const named = readNameLists(read);
  const dimensions = readVariants(read, named);
  const lists = withVariantCookies(named, dimensions);
  const cdn = readCdn(read);
  const islands = readIslands(read);
  return {
    webRoot: resolve(read.path('webRoot', 'WEB_ROOT', environment)),
    rules: compileRules(
      readUrlRules(read, { ignoreQuery: lists.ignoreQuery, dimensions }),
      [...read.patterns('excludeUrls', []), ...(islands?.excluded ?? [])],
      dimensions,
    ),
    dimensions,
    islands,
    hosts: readHosts(read, cdn),
    cdn,
    scheme: read.oneOf('scheme', SCHEME_EXPECTED, isScheme, undefined),
    ...lists,
    purgeHeaders: lowerCase(read.names('purgeHeaders', [], headerNamePattern, 'a header name')),
    headers: readPageHeaders(read, lists.bypassHeaders, cdn),
    ...readTypes(read),
    maxBodyBytes: read.positiveInteger('maxBodyBytes', DEFAULT_MAX_BODY_BYTES),
    bodyMarkers: read.names('bodyMarkers', defaultBodyMarkers, /./s, 'a text'),
  };
}

/** Reads the groups of options, each with the function of the folder that uses it. A missing group gets its defaults. */
function readGroups(
  read: OptionReader,
  environment: NodeJS.ProcessEnv,
): Pick<ResolvedConfig, 'warm' | 'export' | 'watch' | 'assets' | 'cluster' | 'countHits' | 'bounds'> {
  const assets = read.group('assets');
  return {
    warm: readWarm(read.group('warm') ?? new OptionReader({})),
    export: readExportGroup(read.group('export') ?? new OptionReader({})),
    watch: read.groups('watch').map(readWatch),
    assets: assets && readAssetOptions(assets, environment),
    cluster: readCluster(read),
    countHits: readCountHits(read),
    bounds: readBounds(read),
  };
}

function lowerCase(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toLowerCase());
}

const optionNames = Object.keys({
  ...{ webRoot: 0, urls: 0, excludeUrls: 0, hosts: 0, scheme: 0, variants: 0 },
  ...{ ignoreQuery: 0, bypassCookies: 0, ignoreCookies: 0 },
  ...{ bypassHeaders: 0, ignoreHeaders: 0, purgeHeaders: 0 },
  ...{ islands: 0, headers: 0, types: 0, maxBodyBytes: 0, bodyMarkers: 0 },
  ...{ version: 0, refresh: 0, logger: 0, app: 0 },
  ...{ warm: 0, export: 0, watch: 0, assets: 0, cluster: 0, cdn: 0, countHits: 0 },
  ...{ maxPages: 0, maxBytes: 0, minFreeBytes: 0 },
} satisfies Record<keyof Options, 0>);
