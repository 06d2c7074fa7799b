import type { ResolvedCdn } from '../cluster/cdn/options.js';
import { expectHosts } from '../cluster/cdn/page-headers.js';
import type { OptionReader } from '../option-reader.js';

const hostPattern = /^(?:(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\])$/i;

/** Reads the hosts of the site: in lower case, each once. */
export function readHosts(read: OptionReader, cdn: ResolvedCdn | undefined): readonly string[] {
  const hosts = read.names('hosts', [], hostPattern, 'a host name without a port');
  expectHosts(read, hosts, cdn);
  return [...new Set(hosts.map((host) => host.toLowerCase()))];
}
