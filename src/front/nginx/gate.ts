import { LITERALS } from '../../page/grammar.js';
import type { Gate } from '../gate.js';
import type { Layout } from '../layout.js';
import { comment, directive, map, pattern, type Statement, variables } from './directives.js';

/**
 * Returns the maps that set `$staticgenerator_target`. Patterns are tried on it only if a request passes all other
 * checks.
 */
export function gateMaps(gate: Gate, layout: Layout, scheme: string): readonly Statement[] {
  return [...sessionMap(gate), ...acceptMap(gate), ...schemeMap(gate, scheme), ...targetMap(gate, layout)];
}

function acceptMap({ accept }: Gate): readonly Statement[] {
  if (accept === undefined) return [];
  const navigation = directive(pattern(`~\\A(?:${accept})\\z`), '');
  return [
    comment(
      'Requests with a different Accept than browsers send when they open a page. The app answers these.',
    ),
    map('$http_accept', '$staticgenerator_other_type', '1', [navigation]),
  ];
}

function schemeMap({ scheme }: Gate, variable: string): readonly Statement[] {
  if (scheme === undefined) return [];
  return [
    comment('Requests with a different scheme than that of the pages. The app answers these.'),
    map(variable, '$staticgenerator_other_scheme', '1', [directive(scheme, '')]),
  ];
}

function sessionMap({ bypassCookies, bypassCookiesOfKinds: kinds, paths }: Gate): readonly Statement[] {
  if (bypassCookies === undefined) return [];
  const personal = directive(pattern(`~*${bypassCookies}`), '1');
  const about = comment(
    'Cookies of visitors who have logged in or chosen something. The app answers these visitors.',
  );
  if (kinds.length > 0) return sessionMaps(personal, about, { kinds, paths });
  if (paths.length === 0) return [about, map('$http_cookie', '$staticgenerator_session', '', [personal])];
  // No cookie can forge the first word. After its semicolon, the cookies begin as a cookie may.
  const exempt = directive(pattern('~\\Anobody;'), '');
  return [
    ...nobodyMap(paths),
    about,
    map('$staticgenerator_nobody;$http_cookie', '$staticgenerator_session', '', [exempt, personal]),
  ];
}

/** Returns a map of cookies for the pages of each kind. nginx evaluates only the one of the page's kind. */
function sessionMaps(
  personal: Statement,
  about: Statement,
  { kinds, paths }: { readonly kinds: Gate['bypassCookiesOfKinds']; readonly paths: Gate['paths'] },
): readonly Statement[] {
  const variableOf = (kind: string) => `$staticgenerator_session_${kind}`;
  const mapOf = (kind: string, entry: Statement) =>
    map('$http_cookie', variableOf(kind), '', [directive('', ''), entry]);
  const names = kinds.map(([kind]) => kind);
  const nobodys = paths.length === 0 ? [] : ['', ...names].map((kind) => directive(`nobody${kind}`, ''));
  const key = `${paths.length === 0 ? '' : '$staticgenerator_nobody'}$staticgenerator_variants`;
  return [
    ...(paths.length === 0 ? [] : nobodyMap(paths)),
    about,
    mapOf('others', personal),
    ...kinds.map(([kind, source]) => mapOf(kind, directive(pattern(`~*${source}`), '1'))),
    map(key, '$staticgenerator_session', variables(variableOf('others')), [
      ...nobodys,
      ...names.map((kind) => directive(kind, variables(variableOf(kind)))),
    ]),
  ];
}

/** The beginning of a pattern for paths of plain ASCII without escapes, which are their own decoding. The rest follows it. */
export const PLAIN = `\\A(?=[/${LITERALS}]++\\z)`;

function nobodyMap(paths: Gate['paths']): readonly Statement[] {
  const entries = paths.map((path) =>
    directive(pattern(`~${PLAIN}.*?${path.pattern}`), path.isForNobody ? 'nobody' : ''),
  );
  return [
    comment(
      'Pages that are rendered as for a visitor without cookies, so they suit every visitor. The first pattern decides.',
    ),
    map('$request_uri', '$staticgenerator_nobody', '', entries),
  ];
}

/**
 * Every part of the key except the method must be empty. So these parts need no separators: no header can forge that. A
 * separator follows the method, because `G` and a header of `ET` are not GET. The keys stay short, whatever the site
 * adds, because nginx hashes keys of up to some forty bytes.
 */
function targetMap(
  { methods, bypassCookies, bypassHeaders, accept, scheme, ignoredQuery }: Gate,
  { query }: Pick<Layout, 'query'>,
): readonly Statement[] {
  const mustBeEmpty = [
    '$staticgenerator_foreign',
    ...(ignoredQuery === undefined && query === undefined ? ['$is_args'] : []),
    ...(bypassCookies === undefined ? [] : ['$staticgenerator_session']),
    ...(accept === undefined ? [] : ['$staticgenerator_other_type']),
    ...(scheme === undefined ? [] : ['$staticgenerator_other_scheme']),
    ...bypassHeaders.map(headerVariable),
  ];
  const keys = methods.map((method) => directive(`${method}|`, variables('$request_uri')));
  return [
    comment(
      'May a page answer this request? Only a GET or HEAD for one of these hosts, for which everything listed here is empty. Then this is\n' +
        'the address, otherwise it is empty.',
    ),
    map(`$request_method|${mustBeEmpty.join('')}`, '$staticgenerator_target', '', keys),
  ];
}

/**
 * Returns the variable that holds a request header. For each, nginx searches all headers, except for those that it
 * reads itself.
 */
export function headerVariable(name: string): string {
  if (name === 'content-length') return '$content_length';
  return `$http_${name.replaceAll('-', '_')}`;
}
