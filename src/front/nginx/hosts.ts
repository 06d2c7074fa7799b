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
 * Which hosts have pages, and in which folder. What is judged is the Host header that the app gets: with a foreign port,
 * or in a request whose target names another host, it is none of ours, whichever server nginx chose.
 */
export function hostMaps({ hosts, vouchers }: Gate): readonly Statement[] {
  const nameOfServer = directive('', variables('$host'));
  return [
    comment(
      'The Host header as the client sent it. Without one (HTTP/1.0, HTTP/3), the name of the server that nginx chose.',
    ),
    map('$http_host', '$staticgenerator_host', variables('$http_host'), [nameOfServer]),
    comment(
      'The hosts that have pages. nginx reports to the app which they are; the app stores pages for no others.',
    ),
    hostMap('$staticgenerator_voucher', vouchers.unknown, hosts, () => vouchers.known),
    ...(hasFolders(hosts) ? [hostMap('$staticgenerator_folder', '', hosts, ({ folder }) => folder)] : []),
  ];
}

/** The folder of a request's pages, with `$staticgenerator_folder` where each host has its own. */
export function folderOfPages(root: string, { hosts }: Gate): Word {
  return hasFolders(hosts) ? variables(`${root}/$staticgenerator_folder`) : root;
}

function hasFolders(hosts: readonly GateHost[]): boolean {
  return hosts.some(({ folder }) => folder !== '');
}

function hostMap(
  variable: string,
  otherwise: string,
  hosts: readonly GateHost[],
  resultFor: (host: GateHost) => string,
): Statement {
  const entries = hosts.flatMap((host) =>
    host.hostHeaders.map((header) => directive(keyOf(header), resultFor(host))),
  );
  return map('$staticgenerator_host', variable, otherwise, entries);
}

/** A map hashes keys of up to 64 bytes, less three pointers; a larger size could be set but once in all of nginx. */
const MAX_HASHED_BYTES = 40;

function keyOf(host: string): Word {
  if (host.length > MAX_HASHED_BYTES) return pattern(`~*\\A${escapePattern(host)}\\z`);
  // Without the backslash, these would mean something else in a map.
  return /^(?:default|include|volatile|hostnames)$/.test(host) ? pattern(`\\${host}`) : host;
}
