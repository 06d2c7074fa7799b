import type { ResolvedConfig } from '../../config.js';
import { fingerprintOf } from '../fingerprint.js';
import { assetLevels, type SiteAssets } from './assets.js';
import { block, comment, directive, printStatements, type Statement } from './directives.js';
import { httpLevel } from './http-level.js';
import {
  type NginxForm,
  type NginxOptions,
  type ResolvedNginxOptions,
  resolveNginxOptions,
} from './options.js';
import { APP, serverLevel } from './server-level.js';

export type { NginxForm, NginxOptions } from './options.js';

interface Levels {
  readonly http: readonly Statement[];
  readonly server: readonly Statement[];
}

/**
 * The nginx configuration of a site: it answers from pages what the code would, and passes everything else on. Throws
 * `ERR_OPTIONS` with every problem of the options.
 */
export function generateNginx(
  config: Omit<ResolvedConfig, 'assets'> & { readonly assets?: SiteAssets | undefined },
  given: NginxOptions = {},
): string {
  const options = resolveNginxOptions(config, given);
  const { staticRoot, brotli } = options;
  const assets = assetLevels(config.assets, { staticRoot, brotli, app: APP });
  const levels = {
    http: [...httpLevel(config, options, fingerprintOf(config)), ...assets.http],
    server: [...assets.server, ...serverLevel(config, options)],
  };
  return printStatements([
    comment(introductions[options.form]),
    ...compositions[options.form](levels, options),
  ]);
}

const ORIGIN =
  'Made by `staticgenerator nginx`. When the options change, make it anew; the app notices if it is another.';
const JIT = '`pcre_jit on;` in the main context of nginx.conf makes pages a tenth faster.';

const introductions: Readonly<Record<NginxForm, string>> = {
  default: `${ORIGIN}\nFor the http level, such as a file of conf.d. ${JIT}`,
  whole:
    `${ORIGIN}\nA complete nginx.conf, for root or for anybody: relative paths start at the folder given with -p.\n` +
    'Errors go to standard error, requests are not logged.',
  http: `${ORIGIN}\nThe first of a pair: include it in http {}. ${JIT}`,
  server: `${ORIGIN}\nThe second of a pair: include it in the server {} of the site, in place of its location /.`,
};

const compositions: Readonly<
  Record<NginxForm, (levels: Levels, options: ResolvedNginxOptions) => readonly Statement[]>
> = {
  default: (levels, options) => [...levels.http, ...server(levels, options)],
  whole: (levels, options) => whole([...levels.http, ...server(levels, options)], options),
  http: ({ http }) => http,
  server: ({ server: inside }) => inside,
};

/** It is the default server too: requests for hosts that are none of ours are the app's to answer. */
function server({ server: inside }: Levels, { listen, hosts }: ResolvedNginxOptions): readonly Statement[] {
  return [
    comment(
      'Requests for other hosts come here too, as default, and pass to the app: pages have the hosts above only.',
    ),
    block(
      ['server'],
      ...listen.map((address) => directive('listen', address, 'default_server')),
      directive('server_name', ...hosts.map(({ name }) => name)),
      ...inside,
    ),
  ];
}

/** Of one worker. Who is answered by the app has two: his own, and one to the app. Each costs less than a kilobyte. */
const WORKER_CONNECTIONS = 4_096;
/** Every connection may be sent a file; the rest is for logs, sockets and files that are kept open. */
const WORKER_DESCRIPTORS = 10_000;

/** Whoever runs it, as root or not: files of its own are kept to the folder given with -p. */
function whole(
  http: readonly Statement[],
  { brotli, brotliModule }: ResolvedNginxOptions,
): readonly Statement[] {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return [
    ...(brotli && brotliModule !== undefined ? [directive('load_module', brotliModule)] : []),
    directive('worker_processes', 'auto'),
    directive('worker_rlimit_nofile', String(WORKER_DESCRIPTORS)),
    directive('pid', 'nginx.pid'),
    directive('error_log', 'stderr'),
    directive('pcre_jit', 'on'),
    block(['events'], directive('worker_connections', String(WORKER_CONNECTIONS))),
    block(
      ['http'],
      directive('access_log', 'off'),
      directive('server_tokens', 'off'),
      directive('sendfile', 'on'),
      directive('tcp_nopush', 'on'),
      ...temporary.map((area) => directive(`${area}_temp_path`, `${area}_temp`)),
      ...http,
    ),
  ];
}
