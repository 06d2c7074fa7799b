import type { RequestFact } from '../app.js';
import type { Front } from '../front.js';
import { block, celString, comment, directive, raw, type Statement } from './directives.js';
import { HOST, VOUCHER } from './gate.js';

const FOREIGN = '@staticgenerator_foreign_upgrade';

/** Passes requests to the app as the client sent them, except for the headers that are overwritten. */
export function appProxy({ app, limits }: Front): readonly Statement[] {
  const isSeveral = app.upstreams.length > 1;
  return [
    comment(
      'The app answers all other requests. A connection is upgraded only to a WebSocket, and only if the client asks for it.',
    ),
    directive(
      FOREIGN,
      'expression',
      raw(`!{http.request.header.upgrade}.matches(${celString(`\\A(?i:${app.upgrades.join('|')})?\\z`)})`),
    ),
    directive('request_header', FOREIGN, '-Upgrade'),
    block(
      ['reverse_proxy', ...app.upstreams.map(addressOf)],
      directive('header_up', 'Host', raw(HOST)),
      ...app.overwritten
        .filter(([name]) => !overwrittenByItself.includes(name))
        .map(([name, fact]) => directive('header_up', name, raw(placeholderOf[fact]))),
      ...(isSeveral
        ? [
            directive('lb_policy', 'round_robin'),
            directive('lb_retries', String(limits.upstreamAttempts - 1)),
            directive('lb_try_duration', `${limits.connectSeconds}s`),
            directive('max_fails', String(limits.upstreamFailures)),
            directive('fail_duration', `${limits.upstreamRestSeconds}s`),
          ]
        : []),
      comment(
        'Caddy closes idle connections to the app before Node does. It requests no compression that the client did not request.',
      ),
      block(
        ['transport', 'http'],
        directive('dial_timeout', `${limits.connectSeconds}s`),
        directive('keepalive', `${limits.appIdleSeconds}s`),
        directive('keepalive_idle_conns', String(limits.appConnections)),
        directive('compression', 'off'),
      ),
    ),
  ];
}

function addressOf(upstream: string): string {
  return upstream.replace(/^unix:/, 'unix/');
}

/** Caddy sets these whatever the client sends, unless the Caddyfile names trusted proxies. */
const overwrittenByItself = ['X-Forwarded-For', 'X-Forwarded-Proto'];

const placeholderOf: Readonly<Record<RequestFact, string>> = {
  'client-address': '{http.request.remote.host}',
  scheme: '{http.request.scheme}',
  host: HOST,
  voucher: VOUCHER,
};
