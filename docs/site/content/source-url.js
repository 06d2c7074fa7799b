/** How the hosts of repositories name a file of a revision. */
const PATHS = {
  'github.com': '/blob/',
  'gitlab.com': '/-/blob/',
  'codeberg.org': '/src/tag/',
};

/**
 * Where the sources can be read: as package.json says, once a release has written it there. Undefined until then, and for a host
 * whose addresses are not known: links to sources are then text.
 *
 * @param {{ version: string, repository?: string | { url: string } }} manifest
 * @returns {((file: string) => string) | undefined}
 */
export function sourceUrlOf({ version, repository }) {
  const address = typeof repository === 'string' ? repository : repository?.url;
  if (address === undefined) return undefined;
  const { host, pathname } = new URL(address.replace(/^git\+/, ''));
  const path = Object.entries(PATHS).find(([name]) => name === host)?.[1];
  if (path === undefined) return undefined;
  return (file) => `https://${host}${pathname.replace(/\.git$/, '')}${path}v${version}/${file}`;
}
