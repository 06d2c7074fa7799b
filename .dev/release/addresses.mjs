/**
 * @typedef {object} Manifest the addresses that package.json may have
 * @property {string | { url: string }} [repository]
 * @property {string} [homepage]
 * @property {string | { url: string }} [bugs]
 *
 * @typedef {object} Address
 * @property {string} about
 * @property {(manifest: Manifest) => string | undefined} read
 * @property {(url: string) => unknown} write
 */

/**
 * The addresses that only the publisher can know: what each is, how to read it from package.json, and how to write it.
 *
 * @type {Readonly<Record<'repository' | 'homepage' | 'bugs', Address>>}
 */
export const ADDRESSES = {
  repository: {
    about: 'where the sources are',
    read: ({ repository }) => (typeof repository === 'string' ? repository : repository?.url),
    write: (url) => ({ type: 'git', url: `git+${url.replace(/\/$/, '').replace(/(?:\.git)?$/, '.git')}` }),
  },
  homepage: { about: 'the website', read: ({ homepage }) => homepage, write: (url) => url },
  bugs: {
    about: 'where problems are reported',
    read: ({ bugs }) => (typeof bugs === 'string' ? bugs : bugs?.url),
    write: (url) => ({ url }),
  },
};

/** Host names that belong to no one (RFC 2606 and RFC 6761). */
const NOBODYS = /(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost|local)$/;

/**
 * Returns why package.json cannot have an address, or undefined if it can.
 *
 * @param {string} address
 * @returns {string | undefined}
 */
export function addressProblem(address) {
  const plain = address.replace(/^git\+/, '');
  if (!URL.canParse(plain)) return `expected an address such as https://…, got ${address}`;
  const { protocol, hostname } = new URL(plain);
  if (protocol !== 'https:') return `expected an address that begins with https://, got ${address}`;
  if (NOBODYS.test(hostname) || /^[\d.:[\]]+$/.test(hostname)) return `nobody can open ${address}`;
  return undefined;
}

/**
 * Returns package.json with its version and its addresses. The addresses come after the license.
 *
 * @param {Manifest & Readonly<Record<string, unknown>>} manifest
 * @param {string} version
 * @param {Readonly<Record<'repository' | 'homepage' | 'bugs', string>>} addresses by name
 */
export function withAddresses(manifest, version, addresses) {
  const written = Object.entries(ADDRESSES).map(([name, { read, write }]) => {
    const url = addresses[/** @type {keyof typeof ADDRESSES} */ (name)];
    // The present value may say more, such as the folder in the repository, so it stays.
    return [name, read(manifest) === url ? manifest[name] : write(url)];
  });
  const others = Object.entries(manifest).filter(([name]) => !(name in addresses));
  const at = others.findIndex(([name]) => name === 'license') + 1;
  const entries = [...others.slice(0, at), ...written, ...others.slice(at)];
  return { ...Object.fromEntries(entries), version };
}
