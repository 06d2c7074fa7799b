import type { RequestFact } from '../app.js';
import type { Front } from '../front.js';
import {
  comment,
  directive,
  rewriting,
  type Statement,
  section,
  unexpanded,
  type Word,
} from './directives.js';
import { note, noted, when } from './gate.js';
import { schemeExpression } from './visitors.js';

const BALANCER = 'balancer://staticgenerator_app';
const MILLISECONDS = 'ms';

/** Passes requests to the app as the client sent them, except for the headers that are overwritten. */
export function appProxy(front: Front): readonly Statement[] {
  const { app, limits, visitors, gate } = front;
  const connection = connectionSettings(front);
  const [only = '', ...others] = app.upstreams.map(urlOf);
  const first = gate.hosts[0]?.name ?? '';
  const target = others.length === 0 ? only : BALANCER;
  return [
    ...(others.length === 0 ? [] : [balancer(front, [only, ...others])]),
    comment('Uploads reach the app as they arrive.'),
    note('^', 'E=proxy-prefetch-nonblocking:1'),
    comment('ProxyPass would merge repeated slashes, and it refuses targets that name a host.'),
    when('%{THE_REQUEST}', '\\A\\S+ (?:[a-z][a-z0-9+.-]*://[^/?\\s]*(/[^?\\s]*)|(//[^?\\s]*))[?\\s]', {
      anyCase: true,
    }),
    directive('RewriteRule', rewriting('^'), rewriting(`${unexpanded(target)}%1%2`), rewriting('[P,NE]')),
    comment(
      'The app answers all other requests. It gets the target as the client sent it, and the true address and scheme of the client.',
    ),
    directive('ProxyRequests', 'Off'),
    directive('ProxyPreserveHost', 'On'),
    directive('ProxyAddHeaders', 'Off'),
    directive('ProxyErrorOverride', 'Off'),
    directive('ProxyVia', 'Off'),
    directive('ProxyTimeout', String(limits.idleSeconds)),
    ...(others.length === 0
      ? [directive('ProxyPass', '/', `${target}/`, 'nocanon', 'retry=0', ...connection)]
      : [directive('ProxyPass', '/', `${target}/`, 'nocanon')]),
    directive('RequestHeader', 'setifempty', 'Host', first),
    // Apache would refuse a request that has passed as many proxies as this header allows.
    directive('RequestHeader', 'unset', 'Max-Forwards'),
    ...app.overwritten.map(([name, fact]) =>
      directive('RequestHeader', 'set', name, textOf(fact, schemeExpression(visitors))),
    ),
  ];
}

function balancer({ limits, ...front }: Front, urls: readonly string[]): Statement {
  const settings = connectionSettings({ ...front, limits });
  return section(
    ['Proxy', BALANCER],
    ...urls.map((url) =>
      directive('BalancerMember', url, `retry=${limits.upstreamRestSeconds}`, ...settings),
    ),
    directive('ProxySet', 'lbmethod=byrequests', `maxattempts=${limits.upstreamAttempts - 1}`),
  );
}

/** Apache closes idle connections to the app before Node does. */
function connectionSettings({ app, limits }: Pick<Front, 'app' | 'limits'>): readonly string[] {
  return [
    `connectiontimeout=${limits.connectSeconds * 1_000}${MILLISECONDS}`,
    `timeout=${limits.idleSeconds}`,
    `ttl=${limits.appIdleSeconds}`,
    `responsefieldsize=${limits.answerHeadBytes}`,
    ...app.upgrades.map((protocol) => `upgrade=${protocol}`),
  ];
}

function urlOf(upstream: string): string {
  return upstream.startsWith('unix:') ? `${upstream}|http://localhost` : `http://${upstream}`;
}

function textOf(fact: RequestFact, scheme: string): Word | string {
  if (fact === 'voucher') return `%{${noted.voucher}}e`;
  if (fact === 'scheme') return scheme;
  return fact === 'host' ? 'expr=%{HTTP_HOST}' : 'expr=%{REMOTE_ADDR}';
}
