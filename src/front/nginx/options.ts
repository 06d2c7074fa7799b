import type { OptionProblem } from '../../option-reader.js';
import { checkNumber, problem } from '../options/checks.js';
import { type Kind, requireKinds } from '../options/given.js';
import {
  type FrontOptions,
  type OptionsSite,
  type ResolvedFrontOptions,
  resolveFrontOptions,
} from '../options/options.js';
import { OWN_NAME } from './directives.js';

/**
 * How to generate the configuration of a site. A list becomes repeated directives. With the forms `http` and `server`,
 * `listen` only says which ports the site has.
 */
export interface NginxOptions extends FrontOptions {
  /**
   * `default`: everything for the http level, for `conf.d`. `whole`: a complete nginx.conf. `http` and `server`: the
   * two files to include in an existing server.
   */
  readonly form?: NginxForm;
  /**
   * The beginning of all names in the configuration: variables, locations, the upstream. If one nginx has several
   * sites, each needs its own. Default: `staticgenerator`.
   */
  readonly name?: string;
  /** Whether requests for unknown hosts come to this server. Default: yes, unless `name` is not the default. */
  readonly defaultServer?: boolean;
  /** The version of nginx, such as `1.25.1`. Default: unknown; only what old and new versions understand is written. */
  readonly nginxVersion?: string;
  /** Whether .br files are served. Default: no. */
  readonly brotli?: boolean;
  /** The module to load for .br files, in a whole nginx.conf. Default: none, because it is built in. */
  readonly brotliModule?: string;
  /**
   * How many files a worker keeps open. Each takes a descriptor, so `worker_rlimit_nofile` must allow for them in
   * addition to the connections; in a whole nginx.conf, it does. Default: 200, in a whole nginx.conf 4,000.
   */
  readonly openFiles?: number;
}

export type NginxForm = 'default' | 'whole' | 'http' | 'server';

/** {@link NginxOptions}, checked and filled in. */
export interface ResolvedNginxOptions extends ResolvedFrontOptions, OwnOptions {}

/** The options that no other server has. */
export interface OwnOptions {
  readonly form: NginxForm;
  readonly name: string;
  readonly defaultServer: boolean;
  readonly nginxVersion: string | undefined;
  readonly brotli: boolean;
  readonly brotliModule: string | undefined;
  /** `undefined`: {@link Limits} decide. */
  readonly openFiles: number | undefined;
}

const forms: readonly string[] = ['default', 'whole', 'http', 'server'] satisfies readonly NginxForm[];

const KINDS = {
  listen: 'texts',
  upstreams: 'texts',
  serverNames: 'texts',
  webRoot: 'text',
  staticRoot: 'text',
  maxHeaderBytes: 'number',
  maxBodyBytes: 'number',
  trust: 'texts',
  proxyProtocol: 'boolean',
  accessLog: 'text',
  tlsCertificate: 'text',
  tlsKey: 'text',
  http2: 'boolean',
  http3: 'boolean',
  redirectFrom: 'texts',
  form: 'text',
  name: 'text',
  defaultServer: 'boolean',
  nginxVersion: 'text',
  brotli: 'boolean',
  brotliModule: 'text',
  openFiles: 'number',
} satisfies Record<keyof NginxOptions, Kind>;

const NAME = /^[a-z][a-z0-9_]{0,40}$/i;
const MAX_OPEN_FILES = 1_000_000;
const VERSION = /^\d+\.\d+\.\d+$/;
/** The beginnings of the names of nginx's own variables: $http_host, $proxy_host and so on. */
const TAKEN = new Set([
  ...[
    'ancient',
    'arg',
    'binary',
    'body',
    'bytes',
    'connection',
    'content',
    'cookie',
    'date',
    'document',
    'fastcgi',
  ],
  ...[
    'geoip',
    'gzip',
    'http',
    'invalid',
    'is',
    'jwt',
    'limit',
    'memcached',
    'modern',
    'nginx',
    'pipe',
    'proxy',
    'query',
  ],
  ...[
    'realip',
    'realpath',
    'remote',
    'request',
    'secure',
    'sent',
    'server',
    'session',
    'slice',
    'ssl',
    'status',
  ],
  ...[
    'tcpinfo',
    'time',
    'uid',
    'upstream',
    'uri',
    'uwsgi',
    'scgi',
    'scheme',
    'host',
    'hostname',
    'https',
    'pid',
  ],
]);

/** Checks options and fills in defaults. Throws one `ERR_OPTIONS` that names every problem. */
export function resolveNginxOptions(site: OptionsSite, given: NginxOptions): ResolvedNginxOptions {
  requireKinds(given, KINDS);
  const { form = 'default', name = OWN_NAME, nginxVersion, brotli = false, brotliModule, openFiles } = given;
  const front = resolveFrontOptions(site, given, { name: 'nginx', problems: problemsOf(given) });
  const defaultServer = given.defaultServer ?? name === OWN_NAME;
  return { form, name, ...front, defaultServer, nginxVersion, brotli, brotliModule, openFiles };
}

/** Whether a version of nginx is `least` or newer. `false` if the version is unknown. */
export function isAtLeast(version: string | undefined, least: string): boolean {
  if (version === undefined) return false;
  const [ours, theirs] = [version, least].map((one) => one.split('.').map(Number));
  const index = theirs?.findIndex((part, at) => part !== ours?.[at]) ?? -1;
  return index === -1 || (ours?.[index] ?? 0) > (theirs?.[index] ?? 0);
}

function problemsOf({
  form = 'default',
  name = OWN_NAME,
  nginxVersion,
  http3 = false,
  openFiles = 1,
}: NginxOptions): readonly OptionProblem[] {
  const isName = NAME.test(name) && !TAKEN.has(name.toLowerCase().split('_', 1)[0] ?? '');
  const isVersion = nginxVersion === undefined || VERSION.test(nginxVersion);
  const isTooOld = http3 && nginxVersion !== undefined && isVersion && !isAtLeast(nginxVersion, '1.25.0');
  return [
    ...(forms.includes(form) ? [] : [problem('form', `one of ${forms.join(', ')}`, form)]),
    ...(isName
      ? []
      : [
          problem(
            'name',
            'letters, digits and underscores, without a prefix that nginx uses itself',
            JSON.stringify(name),
          ),
        ]),
    ...(isVersion
      ? []
      : [problem('nginx-version', 'three numbers, as in 1.25.1', JSON.stringify(nginxVersion))]),
    ...checkNumber('open-files', openFiles, [1, MAX_OPEN_FILES], 'files'),
    ...(isTooOld
      ? [problem('nginx-version', '1.25.0 or newer for HTTP/3', JSON.stringify(nginxVersion))]
      : []),
  ];
}
