import type { Gate } from '../gate.js';
import { comment, directive, map, pattern, type Statement, variables } from './directives.js';

/** The maps that give `$staticgenerator_target`. Its patterns run for requests that pass all the rest. */
export function gateMaps(gate: Gate): readonly Statement[] {
  return [...sessionMap(gate), ...targetMap(gate)];
}

function sessionMap({ bypassCookies }: Gate): readonly Statement[] {
  if (bypassCookies === undefined) return [];
  return [
    comment('Cookies of visitors who have logged in or chosen something. The app answers these visitors.'),
    map('$http_cookie', '$staticgenerator_session', '', [directive(pattern(`~*${bypassCookies}`), '1')]),
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
