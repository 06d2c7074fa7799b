import type { Front } from '../../front.js';
import { block, comment, directive, map, own, type Statement, variables } from '../directives.js';
import { hasFolders } from '../hosts.js';
import type { NginxForm } from '../options.js';

/** Which requests the app is told of, and what of them: at the http level. Chance comes first, so that all others cost next to nothing. */
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

/** What the app has answered is none of nginx's, though the app says the same. */
function hitMap(variable: string): readonly Statement[] {
  return [map('$upstream_status', variable, '', [directive('', variables('$staticgenerator_said'))])];
}

/** Drawn by what differs from request to request, and costs nothing to ask for. */
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

/** Where the logs of the server are that the generated one has, or is put into; undefined: where nothing is logged. */
type Where = 'http' | 'server';

/**
 * A log of a server replaces those of the http level, which are the administrator's: so the app is told from there, unless this
 * configuration has a log of the server anyway, or is all of nginx.
 */
function whereOf({ accessLog }: Pick<Front, 'accessLog'>, form: NginxForm): Where {
  return accessLog === undefined && form !== 'whole' ? 'http' : 'server';
}

/** The directives that tell the app, for one of the levels. */
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
