/** Where a site listens: at each of the hosts, on each of the ports. */
export interface Places {
  /** In the form that `bind` takes. Empty if the site listens everywhere. */
  readonly hosts: readonly string[];
  readonly ports: readonly string[];
}

/** Returns `undefined` if these addresses have different ports at different hosts. */
export function placesOf(addresses: readonly string[]): Places | undefined {
  const parted = addresses.map(partsOf);
  const hosts = [...new Set(parted.map(({ host }) => host))];
  const ports = [...new Set(parted.map(({ port }) => port))];
  const isFull = hosts.every((host) =>
    ports.every((port) => parted.some((one) => one.host === host && one.port === port)),
  );
  return isFull ? { hosts: hosts.filter((host) => host !== ''), ports } : undefined;
}

function partsOf(address: string): { readonly host: string; readonly port: string } {
  if (address.startsWith('unix:')) return { host: address.replace(/^unix:/, 'unix/'), port: '' };
  const [, host = '', port = ''] = /^(?:(.*):)?(\d+)$/.exec(address) ?? [];
  return { host: host.replace(/^\[|\]$|^\*$/g, ''), port };
}
