import { LITERALS } from '../../page/grammar.js';
import type { Gate } from '../gate.js';
import { comment, directive, map, pattern, type Statement, variables } from './directives.js';

/** The maps that give `$staticgenerator_target`. Its patterns run for requests that pass all the rest. */
export function gateMaps(gate: Gate): readonly Statement[] {
  return [...sessionMap(gate), ...targetMap(gate)];
}

function sessionMap({ bypassCookies, paths }: Gate): readonly Statement[] {
  if (bypassCookies === undefined) return [];
  const personal = directive(pattern(`~*${bypassCookies}`), '1');
  const about = comment(
    'Cookies of visitors who have logged in or chosen something. The app answers these visitors.',
  );
  if (paths.length === 0) return [about, map('$http_cookie', '$staticgenerator_session', '', [personal])];
  // No cookie can forge the first word, and what follows it begins as a cookie may.
  const exempt = directive(pattern('~\\Anobody;'), '');
  return [
    ...nobodyMap(paths),
    about,
    map('$staticgenerator_nobody;$http_cookie', '$staticgenerator_session', '', [exempt, personal]),
  ];
}

function nobodyMap(paths: Gate['paths']): readonly Statement[] {
  const plain = `\\A(?=[/${LITERALS}]++\\z).*?`;
  const entries = paths.map((path) =>
    directive(pattern(`~${plain}${path.pattern}`), path.isForNobody ? 'nobody' : ''),
  );
  return [
    comment('Pages that are rendered for nobody: they answer all visitors. The first pattern decides.'),
    map('$request_uri', '$staticgenerator_nobody', '', entries),
  ];
}

/**
 * Every part but the method and the voucher has to be empty, so the separators alone make up the rest of the two keys:
 * no header can forge them.
 */
function targetMap({
  methods,
  vouchers,
  bypassCookies,
  bypassHeaders,
  ignoredQuery,
}: Gate): readonly Statement[] {
  const mustBeEmpty = [
    ...(ignoredQuery === undefined ? ['$is_args'] : []),
    ...(bypassCookies === undefined ? [] : ['$staticgenerator_session']),
    ...bypassHeaders.map(headerVariable),
  ];
  const source = ['$request_method', '$staticgenerator_voucher', ...mustBeEmpty].join('|');
  const keyOf = (method: string) => `${method}|${vouchers.known}${'|'.repeat(mustBeEmpty.length)}`;
  const keys = methods.map((method) => directive(keyOf(method), variables('$request_uri')));
  return [
    comment(
      'May a page answer this request? Only a GET or HEAD for one of these hosts, in which all that is listed here is empty. Then this is\n' +
        'the address, else nothing.',
    ),
    map(source, '$staticgenerator_target', '', keys),
  ];
}

/** The variable that holds a request header. */
export function headerVariable(name: string): string {
  return `$http_${name.replaceAll('-', '_')}`;
}
