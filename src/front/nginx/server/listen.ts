import type { Front } from '../../front.js';
import { portOf } from '../../hosts.js';
import { block, comment, directive, own, type Statement, variables } from '../directives.js';
import { requestLimits } from '../limits.js';
import { isAtLeast, type OwnOptions } from '../options.js';

type ListenOptions = Pick<OwnOptions, 'defaultServer' | 'nginxVersion'>;

/** Returns where the server listens, and which protocols it speaks there. */
export function listening(front: Front, options: ListenOptions): readonly Statement[] {
  const { listen, tls } = front;
  if (tls === undefined) return listenLines(listen, [], front, options);
  // Since 1.25.1, HTTP/2 is a directive. The parameter is deprecated, but all versions understand it.
  const isDirective = isAtLeast(options.nginxVersion, '1.25.1');
  const protocols = ['ssl', ...(tls.http2 && !isDirective ? ['http2'] : [])];
  return [
    ...listenLines(listen, protocols, front, options),
    ...(tls.http3 ? quicLines(listen, options) : []),
    ...(tls.http2 && isDirective ? [directive('http2', 'on')] : []),
    directive('ssl_certificate', tls.certificate),
    directive('ssl_certificate_key', tls.key),
    directive('ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
    directive('ssl_session_cache', own('shared:staticgenerator_tls:10m')),
    directive('ssl_session_timeout', '1d'),
  ];
}

/** Returns the server that redirects visitors from http to https. */
export function redirection(front: Front, options: ListenOptions): readonly Statement[] {
  const { tls, gate, limits, listen } = front;
  if (tls === undefined || tls.redirectFrom.length === 0) return [];
  return [
    comment('Requests by http are redirected to https.'),
    block(
      ['server'],
      ...listenLines(tls.redirectFrom, [], front, options),
      directive('server_name', ...gate.hosts.map(({ name }) => name)),
      ...requestLimits(limits),
      directive('return', '301', variables(`https://$host${portSuffix(listen)}$request_uri`)),
    ),
  ];
}

/** Announces HTTP/3 to browsers: in every location, because nginx does not merge headers of several levels. */
export function alternative({ tls, listen }: Front): readonly Statement[] {
  if (tls?.http3 !== true) return [];
  const port = portOf(`:${listen[0] ?? ''}`) ?? '443';
  return [directive('add_header', 'Alt-Svc', `h3=":${port}"; ma=86400`, 'always')];
}

function listenLines(
  addresses: readonly string[],
  protocols: readonly string[],
  { visitors }: Front,
  { defaultServer }: ListenOptions,
): readonly Statement[] {
  const words = [
    ...(defaultServer ? ['default_server'] : []),
    ...protocols,
    ...(visitors.proxyProtocol ? ['proxy_protocol'] : []),
  ];
  return addresses.map((address) => directive('listen', address, ...words));
}

/** Only one of the servers at an address may say `reuseport`, which gives each worker a socket of its own. */
function quicLines(listen: readonly string[], { defaultServer }: ListenOptions): readonly Statement[] {
  const words = ['quic', ...(defaultServer ? ['default_server', 'reuseport'] : [])];
  return listen
    .filter((address) => !address.startsWith('unix:'))
    .map((address) => directive('listen', address, ...words));
}

/** Returns the port of https as visitors must write it in a URL. */
function portSuffix(listen: readonly string[]): string {
  const port = portOf(`:${listen[0] ?? ''}`);
  return port === undefined || port === '443' ? '' : `:${port}`;
}
