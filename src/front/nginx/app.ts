import type { App, Instruction, RequestFact } from '../app.js';
import type { Front } from '../front.js';
import type { Limits } from '../limits.js';
import { block, comment, directive, map, own, type Statement, variables } from './directives.js';
import { proxyLimits } from './limits.js';
import { alternative } from './server/listen.js';
import { schemeVariable } from './server/visitors.js';

/** The location that passes a request to the app as it was sent. */
export const APP = own('@staticgenerator_app');

/** What the app needs at the http level. */
export function appUpstream({ upstreams, upgrades }: App, limits: Limits): readonly Statement[] {
  const { upstreamFailures: failures, upstreamRestSeconds: seconds } = limits;
  const health = upstreams.length > 1 ? [`max_fails=${failures}`, `fail_timeout=${seconds}s`] : [];
  return [
    comment('The app. nginx closes idle connections to it before Node does, which is after 5 s.'),
    block(
      ['upstream', own('staticgenerator_app')],
      ...upstreams.map((address) => directive('server', address, ...health)),
      directive('keepalive', String(limits.appConnections)),
      directive('keepalive_timeout', `${limits.appIdleSeconds}s`),
    ),
    comment('A connection is upgraded only to a WebSocket, and only if the client asks for it.'),
    map(
      '$http_upgrade',
      '$staticgenerator_connection',
      '',
      upgrades.map((protocol) => directive(protocol, 'upgrade')),
    ),
  ];
}

export function appLocation(front: Front): readonly Statement[] {
  const { app, limits } = front;
  return [
    comment('The app gets the request as the client sent it, because proxy_pass has no path.'),
    block(
      ['location', APP],
      ...proxied(front),
      ...answerHeaders(app),
      ...alternative(front),
      ...proxyLimits(limits),
      ...(app.upstreams.length > 1 ? failover(limits) : []),
    ),
  ];
}

/** Returns how nginx passes a request to the app, and what it reports about it. */
export function proxied({ app, visitors }: Pick<Front, 'app' | 'visitors'>): readonly Statement[] {
  const header = (name: string, variable: string) => directive('proxy_set_header', name, variables(variable));
  const variableOf = { ...requestVariables, scheme: schemeVariable(visitors) };
  return [
    directive('proxy_pass', own('http://staticgenerator_app')),
    directive('proxy_http_version', '1.1'),
    header('Host', variableOf.host),
    header('Connection', '$staticgenerator_connection'),
    header('Upgrade', '$http_upgrade'),
    ...app.overwritten.map(([name, fact]) => header(name, variableOf[fact])),
  ];
}

/** Lets nginx try another upstream. Without further options, nginx never repeats POST, PATCH and LOCK. */
function failover({ upstreamAttempts }: Limits): readonly Statement[] {
  return [
    comment(
      'If one process of the app is down, nginx tries another. A request that may change something is never sent twice.',
    ),
    directive('proxy_next_upstream', 'error', 'timeout'),
    directive('proxy_next_upstream_tries', String(upstreamAttempts)),
  ];
}

function answerHeaders({ keptHeaders, instructions }: App): readonly Statement[] {
  const ignored = Object.entries(headerOf).filter(
    ([instruction]) => !instructions.some((one) => one === instruction),
  );
  return [
    comment('Its response is passed on unchanged. None of its headers makes nginx send something else.'),
    directive('proxy_redirect', 'off'),
    ...keptHeaders.map((name) => directive('proxy_pass_header', name)),
    ...(ignored.length === 0 ? [] : [directive('proxy_ignore_headers', ...ignored.map(([, name]) => name))]),
  ];
}

const headerOf: Readonly<Record<Instruction, string>> = {
  redirect: 'X-Accel-Redirect',
  expiry: 'X-Accel-Expires',
  rate: 'X-Accel-Limit-Rate',
  buffering: 'X-Accel-Buffering',
  charset: 'X-Accel-Charset',
};

const requestVariables: Readonly<Record<Exclude<RequestFact, 'scheme'>, string>> = {
  host: '$staticgenerator_host',
  'client-address': '$remote_addr',
  voucher: '$staticgenerator_voucher',
};
