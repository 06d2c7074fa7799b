import type { ResolvedConfig } from '../../config.js';
import { type Shape, shapeSource } from '../../page/grammar.js';
import { cookieSource } from '../../page/request/cookies.js';
import { bypassHeaders } from '../../page/request/gate.js';
import { ignoredQuerySource } from '../../page/request/query.js';
import { block, comment, directive, map, pattern, type Statement, variables } from './directives.js';
import { hostMaps } from './host-maps.js';
import type { ResolvedNginxOptions } from './options.js';

/** What of a site's configuration decides which requests nginx answers. */
export type GateConfig = Pick<ResolvedConfig, 'hosts' | 'ignoreQuery' | 'bypassCookies'>;

/** The maps and the upstream: all that has to stand in `http {}`, outside of any server. */
export function httpLevel(
  config: GateConfig,
  options: ResolvedNginxOptions,
  fingerprint: string,
): readonly Statement[] {
  return [
    ...hostMaps(options, config.hosts.length > 1, fingerprint),
    ...sessionMap(config),
    ...gateMap(config, fingerprint),
    ...pageMaps(config),
    ...upstream(options),
    ...connectionMap(),
  ];
}

function sessionMap({ bypassCookies }: GateConfig): readonly Statement[] {
  const source = cookieSource(bypassCookies);
  if (source === undefined) return [];
  return [
    comment('Cookies that make a request personal.'),
    map('$http_cookie', '$staticgenerator_session', '', [directive(pattern(`~*${source}`), '1')]),
  ];
}

/**
 * Every part but the method and the voucher has to be empty, so the separators alone make up the rest of the two keys:
 * no header can forge them.
 */
function gateMap({ ignoreQuery, bypassCookies }: GateConfig, fingerprint: string): readonly Statement[] {
  const mustBeEmpty = [
    ...(ignoreQuery.length === 0 ? ['$is_args'] : []),
    ...(bypassCookies.length === 0 ? [] : ['$staticgenerator_session']),
    ...bypassHeaders.map((name) => `$http_${name.replaceAll('-', '_')}`),
  ];
  const source = ['$request_method', '$staticgenerator_voucher', ...mustBeEmpty].join('|');
  const keyOf = (method: string) => `${method}|${fingerprint}${'|'.repeat(mustBeEmpty.length)}`;
  const keys = ['GET', 'HEAD'].map((method) => directive(keyOf(method), variables('$request_uri')));
  return [
    comment(
      'The target of a request that a page may answer, a bare GET or HEAD to one of these hosts; else nothing.',
    ),
    map(source, '$staticgenerator_target', '', keys),
  ];
}

const fileOfShape: readonly (readonly [Shape, string])[] = [
  ['directory', `\${uri}index.html`],
  ['extension', '$uri'],
  ['extensionless', '$uri.page.html'],
];

function pageMaps({ ignoreQuery }: GateConfig): readonly Statement[] {
  const query = ignoredQuerySource(ignoreQuery);
  const end = query === undefined ? '\\z' : `(?:${query})?+\\z`;
  const candidates = fileOfShape.map(([shape, file]) =>
    directive(pattern(`~\\A${shapeSource(shape, 'pcre')}${end}`), variables(file)),
  );
  const asJson = directive(pattern('~\\.page\\.html\\z'), variables('$uri.page.json'));
  return [
    comment(
      'The file of the page that the target names: with a slash at the end, a known extension, or neither.\n' +
        'The target is judged as it was sent; for one that passes, $uri is its decoding and nothing else.',
    ),
    map('$staticgenerator_target', '$staticgenerator_page', '', candidates),
    comment('Without an extension it may be JSON as well.'),
    map('$staticgenerator_page', '$staticgenerator_json', '', [asJson]),
  ];
}

/** After the 5 s for which Node keeps an idle connection, nginx would send requests into a closing one. */
function upstream({ upstreams }: ResolvedNginxOptions): readonly Statement[] {
  return [
    comment('The app. Its idle connections are closed from this side, before Node closes them (5 s).'),
    block(
      ['upstream', 'staticgenerator_app'],
      ...upstreams.map((address) => directive('server', address)),
      directive('keepalive', '32'),
      directive('keepalive_timeout', '4s'),
    ),
  ];
}

function connectionMap(): readonly Statement[] {
  return [
    comment('WebSockets are passed on; no other upgrade is, and plain requests share connections.'),
    map('$http_upgrade', '$staticgenerator_connection', '', [directive('websocket', 'upgrade')]),
  ];
}
