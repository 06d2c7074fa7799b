import type { Front } from '../front.js';
import { portOf } from '../hosts.js';
import { block, comment, directive, raw, type Statement } from './directives.js';
import { placesOf } from './listen.js';
import type { OwnOptions } from './options.js';

const ORIGIN =
  'Made by `staticgenerator caddy`, for Caddy 2.6 or newer. When the options change, make it again; the app notices if it is another.';

/** The blocks of the site: alone, for a Caddyfile that has others, or as a whole Caddyfile. */
export function caddyfile(
  front: Front,
  inside: readonly Statement[],
  { form }: OwnOptions,
): readonly Statement[] {
  const use =
    form === 'whole'
      ? 'A complete Caddyfile.'
      : 'For a Caddyfile of one site, or to be imported in one of several.';
  return [
    comment(`${ORIGIN}\n${use}`),
    ...(form === 'whole' ? [globalOptions(front)] : []),
    ...sites(front, inside),
  ];
}

function globalOptions({ tls }: Front): Statement {
  const versions = ['h1', ...(tls?.http2 === true ? ['h2'] : []), ...(tls?.http3 === true ? ['h3'] : [])];
  return block(
    [],
    directive('admin', 'off'),
    directive('auto_https', 'off'),
    block(['servers'], directive('protocols', ...versions)),
  );
}

function sites(front: Front, inside: readonly Statement[]): readonly Statement[] {
  const { listen, tls } = front;
  return [
    ...(tls === undefined || tls.redirectFrom.length === 0
      ? []
      : [
          comment('Visitors of http are sent to https.'),
          site('http', tls.redirectFrom, [redirection(listen)]),
        ]),
    comment('The site. Unknown hosts come here too, and pass to the app.'),
    site(tls === undefined ? 'http' : 'https', listen, [
      ...(tls === undefined ? [] : [directive('tls', tls.certificate, tls.key)]),
      ...inside,
    ]),
  ];
}

function site(scheme: string, addresses: readonly string[], content: readonly Statement[]): Statement {
  const { hosts, ports } = placesOf(addresses) ?? { hosts: [], ports: [] };
  return block(
    ports.map((port) => `${scheme}://${port === '' ? '' : `:${port}`}`),
    ...(hosts.length === 0 ? [] : [directive('bind', ...hosts)]),
    ...content,
  );
}

function redirection(listen: readonly string[]): Statement {
  const port = portOf(`:${listen[0] ?? ''}`);
  const suffix = port === undefined || port === '443' ? '' : `:${port}`;
  return directive('redir', raw(`https://{http.request.host}${suffix}{http.request.uri}`), '301');
}

/** Where requests are logged, with the headers of the answers, of which Cache-Status says what the cache did. */
export function accessLog({ accessLog: file }: Front): readonly Statement[] {
  if (file === undefined || file === 'off') return [];
  return [block(['log'], directive('output', 'file', file))];
}
