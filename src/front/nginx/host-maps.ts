import { UNVOUCHED } from '../../page/request/gate.js';
import { comment, directive, map, pattern, type Statement, variables, type Word } from './directives.js';
import type { ResolvedNginxOptions } from './options.js';

/**
 * Which hosts have pages, and in which folder. What is judged is the Host header that the app gets: with a foreign port,
 * or in a request whose target names another host, it is none of ours, whichever server nginx chose.
 */
export function hostMaps(
  options: ResolvedNginxOptions,
  hasFolders: boolean,
  fingerprint: string,
): readonly Statement[] {
  const nameOfServer = directive('', variables('$host'));
  return [
    comment(
      'The Host header as it was sent. Where there is none (HTTP/1.0, HTTP/3), the name that nginx goes by.',
    ),
    map('$http_host', '$staticgenerator_host', variables('$http_host'), [nameOfServer]),
    comment('The hosts that have pages. The app is told, and makes pages for no other.'),
    hostMap(options, '$staticgenerator_voucher', UNVOUCHED, () => fingerprint),
    ...(hasFolders ? [hostMap(options, '$staticgenerator_folder', '', (name) => name)] : []),
  ];
}

function hostMap(
  { hosts }: ResolvedNginxOptions,
  variable: string,
  otherwise: string,
  resultFor: (name: string) => string,
): Statement {
  const entries = hosts.flatMap(({ name, hostHeaders }) =>
    hostHeaders.map((header) => directive(keyOf(header), resultFor(name))),
  );
  return map('$staticgenerator_host', variable, otherwise, entries);
}

/** A map hashes keys of up to 64 bytes, less three pointers; a larger size could be set but once in all of nginx. */
const MAX_HASHED_BYTES = 40;

function keyOf(host: string): Word {
  if (host.length > MAX_HASHED_BYTES) return pattern(`~*\\A${host.replace(/[.[\]]/g, '\\$&')}\\z`);
  // Without the backslash, these would mean something else in a map.
  return /^(?:default|include|volatile|hostnames)$/.test(host) ? pattern(`\\${host}`) : host;
}
