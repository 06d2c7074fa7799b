import type { Front } from '../../front.js';
import { block, comment, directive, map, own, type Statement, variables } from '../directives.js';
import { hasFolders } from '../hosts.js';
import type { NginxForm } from '../options.js';

/**
 * Returns the maps that choose the requests to report to the app, for the http level. nginx draws first, so that all
 * other requests cost almost nothing.
 */
export function hitMaps({ hits, gate }: Front): readonly Statement[] {
  if (hits === undefined) return [];
  const { oneIn } = hits;
  const folder = hasFolders(gate.hosts) ? '$staticgenerator_folder' : '-';
  const format = `${gate.vouchers.known} $status $body_bytes_sent ${folder} $uri`;
  const told = oneIn === 1 ? 'every page' : `one in ${oneIn} of the pages`;
  return [
    comment(
      `nginx reports to the app ${told} that it served: file, status and bytes. It reports nothing about visitors.`,
    ),
    directive('log_format', own('staticgenerator_hits'), 'escape=json', variables(format)),
    ...(oneIn === 1 ? hitMap('$staticgenerator_counted') : sampled(oneIn)),
    map('$sent_http_cache_status', '$staticgenerator_said', '', [
      directive('staticgenerator; hit', variables('$staticgenerator_page')),
    ]),
  ];
}

/** A response of the app is not a hit of nginx, although the app may send the same Cache-Status. */
function hitMap(variable: string): readonly Statement[] {
  return [map('$upstream_status', variable, '', [directive('', variables('$staticgenerator_said'))])];
}

/** Draws by values that differ from request to request and cost nothing to read. */
function sampled(oneIn: number): readonly Statement[] {
  return [
    block(
      [
        'split_clients',
        variables('$msec.$connection.$connection_requests'),
        variables('$staticgenerator_drawn'),
      ],
      directive(`${100 / oneIn}%`, '1'),
      directive('*', ''),
    ),
    map('$staticgenerator_drawn', '$staticgenerator_counted', '', [
      directive('1', variables('$staticgenerator_by_file')),
    ]),
    ...hitMap('$staticgenerator_by_file'),
  ];
}

/** The level at which hits are reported. */
type Where = 'http' | 'server';

/**
 * A log of a server replaces the logs of the http level, which belong to the administrator. So hits are reported from
 * the http level, unless this configuration has a log of the server anyway, or is all of nginx.
 */
function whereOf({ accessLog }: Pick<Front, 'accessLog'>, form: NginxForm): Where {
  return accessLog === undefined && form !== 'whole' ? 'http' : 'server';
}

/** Returns the directives that report hits to the app, for one of the levels. */
export function tellHits(
  front: Front,
  { form }: { readonly form: NginxForm },
  level: Where,
): readonly Statement[] {
  if (front.hits === undefined) return [];
  const server = `syslog:server=127.0.0.1:${front.hits.port},facility=local7,severity=info,tag=staticgenerator,nohostname`;
  const where = whereOf(front, form);
  if (where === level)
    return [
      directive('access_log', server, own('staticgenerator_hits'), variables('if=$staticgenerator_counted')),
    ];
  return level === 'server' && form === 'server' ? [comment(OWN_LOG)] : [];
}

const OWN_LOG =
  'An access_log at the http level, in the first of the two files, reports hits to the app. If this server has an access_log of its\n' +
  'own, generate both files with --access-log, which puts both logs here.';
