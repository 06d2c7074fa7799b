import type { Front } from '../front.js';
import { portOf } from '../hosts.js';
import { comment, directive, rewriting, type Statement, section } from './directives.js';
import { when } from './gate.js';
import { requestLimits, targetsAsSent } from './limits.js';
import type { OwnOptions } from './options.js';

const ORIGIN =
  'Made by `staticgenerator apache`, for Apache 2.4.47 or newer. Generate it again when the options change; the app logs a warning if you forget.';

/** The modules that the directives are of, in the order in which they can be loaded. */
function modulesOf({ tls, visitors, app, accessLog }: Front): readonly string[] {
  return [
    ...['mpm_event', 'authz_core', 'reqtimeout', 'headers', 'rewrite', 'proxy', 'proxy_http'],
    ...(app.upstreams.length > 1 ? ['slotmem_shm', 'proxy_balancer', 'lbmethod_byrequests'] : []),
    ...(visitors.trust.length > 0 ? ['remoteip'] : []),
    ...(tls === undefined ? [] : ['socache_shmcb', 'ssl', ...(tls.http2 ? ['http2'] : [])]),
    ...(accessLog === undefined || accessLog === 'off' ? [] : ['log_config']),
  ];
}

/** A file of sites-available, which has one site and nothing else. */
export function siteFile(front: Front, inside: readonly Statement[]): readonly Statement[] {
  const modules = modulesOf(front).filter(
    (name) => !['mpm_event', 'log_config', 'authz_core'].includes(name),
  );
  return [
    comment(
      `${ORIGIN}\nFor sites-available. It needs: a2enmod ${modules.join(' ')}\n` +
        'The first site that Apache reads answers for unknown hosts; of this one, the app does.',
    ),
    ...sites(front, inside),
  ];
}

/** A complete configuration, for root or for anybody: relative paths start at the folder given with -d. */
export function wholeFile(
  front: Front,
  inside: readonly Statement[],
  { modules }: OwnOptions,
): readonly Statement[] {
  const { limits, listen, tls } = front;
  const addresses = [...listen, ...(tls?.redirectFrom ?? [])];
  return [
    comment(
      `${ORIGIN}\nA complete configuration, for root or for anybody: relative paths start at the folder given with -d.`,
    ),
    ...modulesOf(front).map((name) =>
      section(
        ['IfModule', `!${name}_module`],
        directive('LoadModule', `${name}_module`, `${modules}/mod_${name}.so`),
      ),
    ),
    section(
      ['IfModule', '!unixd_module'],
      directive('LoadModule', 'unixd_module', `${modules}/mod_unixd.so`),
    ),
    directive('User', '#65534'),
    directive('Group', '#65534'),
    directive('DefaultRuntimeDir', '.'),
    directive('PidFile', 'apache.pid'),
    directive('ErrorLog', '/dev/stderr'),
    directive('ServerName', front.gate.hosts[0]?.name ?? 'localhost'),
    directive('ServerTokens', 'Prod'),
    directive('ThreadLimit', String(THREADS)),
    directive('ThreadsPerChild', String(THREADS)),
    directive('ServerLimit', String(limits.workerConnections / THREADS / 2)),
    directive('MaxRequestWorkers', String(limits.workerConnections / 2)),
    ...addresses.map((address) => directive('Listen', address)),
    ...sites(front, inside),
  ];
}

/** Each waits for one answer, of a file or of the app. */
const THREADS = 128;

function sites(front: Front, inside: readonly Statement[]): readonly Statement[] {
  const { listen, gate, tls } = front;
  const names = gate.hosts.map(({ name }) => name);
  const [first = '', ...others] = names;
  const site = (addresses: readonly string[], ...content: readonly Statement[]) =>
    section(
      ['VirtualHost', ...addresses.map(addressOf)],
      directive('ServerName', first),
      ...(others.length === 0 ? [] : [directive('ServerAlias', ...others)]),
      ...content,
    );
  return [
    ...(tls === undefined || tls.redirectFrom.length === 0
      ? []
      : [
          comment('Visitors of http are sent to https.'),
          site(tls.redirectFrom, ...requestLimits(front.limits), ...redirection(listen)),
        ]),
    comment('The site.'),
    site(listen, ...tlsOf(front), ...inside),
  ];
}

function addressOf(listen: string): string {
  return /^\d+$/.test(listen) ? `*:${listen}` : listen;
}

function redirection(listen: readonly string[]): readonly Statement[] {
  const port = portOf(`:${listen[0] ?? ''}`);
  const suffix = port === undefined || port === '443' ? '' : `:${port}`;
  return [
    ...targetsAsSent(),
    directive('RewriteEngine', 'On'),
    when('%{THE_REQUEST}', '\\A\\S+ (/[^?\\s]*)'),
    directive(
      'RewriteRule',
      rewriting('^'),
      rewriting(`https://%{SERVER_NAME}${suffix}%1`),
      rewriting('[R=301,NE,L]'),
    ),
  ];
}

function tlsOf({ tls }: Front): readonly Statement[] {
  if (tls === undefined) return [];
  return [
    directive('SSLEngine', 'on'),
    directive('SSLCertificateFile', tls.certificate),
    directive('SSLCertificateKeyFile', tls.key),
    directive('SSLProtocol', '-all', '+TLSv1.2', '+TLSv1.3'),
    directive('Protocols', ...(tls.http2 ? ['h2'] : []), 'http/1.1'),
  ];
}

/** Where requests are logged, as `combined`, then what the cache said and the microseconds. */
export function accessLog({ accessLog: file }: Front): readonly Statement[] {
  if (file === undefined) return [];
  if (file === 'off') return [directive('CustomLog', '/dev/null', 'off')];
  const format = '%h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i" "%{Cache-Status}o" %D';
  return [directive('CustomLog', file, format)];
}
