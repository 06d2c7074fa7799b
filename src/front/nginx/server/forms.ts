import type { Front } from '../../front.js';
import { block, comment, directive, type Statement } from '../directives.js';
import { descriptors } from '../limits.js';
import type { NginxForm, OwnOptions } from '../options.js';
import { listening, redirection } from './listen.js';

/** What stands in `http {}`, outside of any server, and what goes inside a `server {}`. */
export interface Levels {
  readonly http: readonly Statement[];
  readonly server: readonly Statement[];
}

/** The form of a configuration that the options ask for. */
export function statementsOf(front: Front, levels: Levels, options: OwnOptions): readonly Statement[] {
  return [comment(introductions[options.form]), ...compositions[options.form](front, levels, options)];
}

const ORIGIN =
  'Made by `staticgenerator nginx`. Generate it again when the options change; the app logs a warning if you forget.';
const JIT = '`pcre_jit on;` in the main context of nginx.conf makes pages a tenth faster.';

const introductions: Readonly<Record<NginxForm, string>> = {
  default: `${ORIGIN}\nFor the http level, such as a file of conf.d. ${JIT}`,
  whole:
    `${ORIGIN}\nA complete nginx.conf, for root or for anybody: relative paths start at the folder given with -p.\n` +
    'Errors go to standard error. Requests are logged only where the server says so.',
  http: `${ORIGIN}\nThe first of a pair: include it in http {}. ${JIT}`,
  server: `${ORIGIN}\nThe second of a pair: include it in the server {} of the site, in place of its location /.`,
};

type Composition = (front: Front, levels: Levels, options: OwnOptions) => readonly Statement[];

const compositions: Readonly<Record<NginxForm, Composition>> = {
  default: standalone,
  whole,
  http: (_, { http }) => http,
  server: (_, { server }) => server,
};

/** By default the server is the default one too: requests for hosts that are none of ours are the app's to answer. */
function standalone(front: Front, { http, server }: Levels, options: OwnOptions): readonly Statement[] {
  return [
    ...http,
    ...redirection(front, options),
    comment(
      options.defaultServer
        ? 'The server of the site. It is the default one: requests for unknown hosts come here too, and pass to the app.'
        : 'The server of the site. Another is the default one.',
    ),
    block(
      ['server'],
      ...listening(front, options),
      directive('server_name', ...front.gate.hosts.map(({ name }) => name)),
      ...server,
    ),
  ];
}

/** Whoever runs it, as root or not: files of its own are kept to the folder given with -p. */
function whole(front: Front, levels: Levels, options: OwnOptions): readonly Statement[] {
  const { brotli, brotliModule } = options;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return [
    ...(brotli && brotliModule !== undefined ? [directive('load_module', brotliModule)] : []),
    directive('worker_processes', 'auto'),
    directive('worker_rlimit_nofile', String(descriptors(front.limits, options))),
    directive('pid', 'nginx.pid'),
    directive('error_log', 'stderr'),
    directive('pcre_jit', 'on'),
    block(['events'], directive('worker_connections', String(front.limits.workerConnections))),
    block(
      ['http'],
      directive('access_log', 'off'),
      directive('server_tokens', 'off'),
      directive('sendfile', 'on'),
      directive('tcp_nopush', 'on'),
      ...temporary.map((area) => directive(`${area}_temp_path`, `${area}_temp`)),
      ...standalone(front, levels, options),
    ),
  ];
}
