import type { Gate, GateHost } from '../gate.js';
import {
  comment,
  directive,
  escapePattern,
  map,
  pattern,
  type Statement,
  variables,
  type Word,
} from './directives.js';

/**
 * Returns the maps of the hosts that have pages, and of their folders. They judge the Host header that the app gets.
 * With a foreign port, or if the target of the request names another host, the host is unknown, whichever server nginx
 * chose.
 */
export function hostMaps({ hosts, vouchers }: Gate): readonly Statement[] {
  const nameOfServer = directive('', variables('$host'));
  const known = hostEntries(hosts, () => '');
  return [
    comment(
      'The Host header as the client sent it. Without one (HTTP/1.0, HTTP/3), the name of the server that nginx chose.',
    ),
    map('$http_host', '$staticgenerator_host', variables('$http_host'), [nameOfServer]),
    comment(
      'Empty for the hosts that have pages. nginx reports to the app whether the host is one of them; the app stores pages for\n' +
        'no others.',
    ),
    map('$http_host', '$staticgenerator_foreign', 'foreign', [
      directive('', variables('$staticgenerator_foreign_name')),
      ...known,
    ]),
    map('$host', '$staticgenerator_foreign_name', 'foreign', known),
    map('$staticgenerator_foreign', '$staticgenerator_voucher', vouchers.unknown, [
      directive('', vouchers.known),
    ]),
    ...(hasFolders(hosts) ? [folderMap(hosts)] : []),
  ];
}

/** Whether each host has a folder of its own, `$staticgenerator_folder`. */
export function hasFolders(hosts: readonly GateHost[]): boolean {
  return hosts.some(({ folder }) => folder !== '');
}

function folderMap(hosts: readonly GateHost[]): Statement {
  const entries = hostEntries(hosts, ({ folder }) => folder);
  return map('$staticgenerator_host', '$staticgenerator_folder', '', entries);
}

function hostEntries(hosts: readonly GateHost[], resultFor: (host: GateHost) => string): Statement[] {
  return hosts.flatMap((host) => host.hostHeaders.map((header) => directive(keyOf(header), resultFor(host))));
}

/** A map hashes keys of up to 64 bytes, minus three pointers. A larger size could be set only once in all of nginx. */
const MAX_HASHED_BYTES = 40;

function keyOf(host: string): Word {
  if (host.length > MAX_HASHED_BYTES) return pattern(`~*\\A${escapePattern(host)}\\z`);
  // Without the backslash, these words would have a special meaning in a map.
  return /^(?:default|include|volatile|hostnames)$/.test(host) ? pattern(`\\${host}`) : host;
}
