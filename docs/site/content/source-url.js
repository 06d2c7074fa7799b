/** For each host of repositories, what stands between the repository and the revision in the URL of a file. */
const PATHS = {
  'github.com': '/blob/',
  'gitlab.com': '/-/blob/',
  'codeberg.org': '/src/tag/',
};

/**
 * Returns a function for the URLs of sources, made from the `repository` of package.json, which a release writes there.
 * Returns `undefined` before that, and for a host whose URLs are not known: links to sources are then text.
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
