/** A host that has pages, with every value of the Host header that means it. */
export interface PageHost {
  readonly name: string;
  readonly hostHeaders: readonly string[];
}

/** Clients leave these ports out of the Host header. */
const impliedPorts = ['80', '443'];

/**
 * Returns each host once, with the Host headers that mean it. A name with a port is answered with that port only. A
 * name without one is answered without a port and with the ports of `listen`. Any other port belongs to another site,
 * or to a client that pretends.
 */
export function pageHosts(serverNames: readonly string[], listen: readonly string[]): readonly PageHost[] {
  const listened = listen.flatMap((address) => portOf(`:${address}`) ?? []);
  const ports = listened.filter((port) => !impliedPorts.includes(port)).map((port) => `:${port}`);
  const hosts = new Map<string, string[]>();
  for (const serverName of serverNames) {
    const name = hostOf(serverName);
    const port = portOf(serverName);
    const suffixes = port === undefined ? ['', ...ports] : [`:${port}`];
    hosts.set(name, [...(hosts.get(name) ?? []), ...suffixes.map((suffix) => `${name}${suffix}`)]);
  }
  return [...hosts].map(([name, hostHeaders]) => ({ name, hostHeaders: [...new Set(hostHeaders)] }));
}

/** The port of an address, or of a host name that has one. */
export function portOf(address: string): string | undefined {
  return /:(\d+)$/.exec(address)?.[1];
}

/** The host of a server name, without its port and in lower case. */
export function hostOf(serverName: string): string {
  return serverName.replace(/:\d+$/, '').toLowerCase();
}
