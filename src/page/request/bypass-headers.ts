/**
 * Request headers that pages cannot answer, whatever the options say: credentials, upgrades, ranges, a body, and
 * preconditions, which a page would judge by the wrong validator. As for nginx, an empty value counts as absent.
 */
export const unanswerableHeaders: readonly string[] = Object.freeze([
  ...['authorization', 'upgrade', 'range', 'if-match', 'if-unmodified-since'],
  ...['content-length', 'transfer-encoding'],
]);

/**
 * Headers that scripts send, and browsers do not when they visit a page: such a request asks for a fragment, data, or
 * permission. Origin comes with requests from other sites (Fetch §3.2). Not Sec-Purpose, which browsers send when they
 * prefetch a page: they want the page.
 */
export const defaultBypassHeaders: readonly string[] = Object.freeze([
  ...['X-Requested-With', 'Origin', 'HX-Request', 'Turbo-Frame', 'X-PJAX', 'X-Inertia', 'X-Up-Version'],
  ...['RSC', 'Next-Router-State-Tree', 'Next-Router-Prefetch', 'Next-Router-Segment-Prefetch', 'Next-Url'],
  ...['Next-Action', 'X-Nextjs-Data', 'X-Middleware-Prefetch'],
]);

/**
 * A name that nginx has a variable for. Excludes headers that every request has, and those that the generated nginx
 * overwrites: these would send every request to the app.
 */
export const bypassHeaderPattern =
  /^(?!(?:host|connection|x-forwarded-(?:for|proto|host)|x-staticgenerator)$)[a-z0-9]+(?:-[a-z0-9]+)*$/i;

/** Returns all headers that send a request to the app, in lower case: the unanswerable ones, and the site's own. */
export function bypassHeadersOf(names: readonly string[]): readonly string[] {
  return [...new Set([...unanswerableHeaders, ...names.map((name) => name.toLowerCase())])];
}

/** Prefixes of headers that scripts send only together with another header, the leader. */
const families: readonly (readonly [prefix: string, leader: string])[] = [
  ['hx-', 'hx-request'],
  ['x-pjax-', 'x-pjax'],
  ['x-inertia-', 'x-inertia'],
  ['x-up-', 'x-up-version'],
];

/**
 * Compiles the test whether a header bypasses, or comes only with one that does. No request that a page answers has
 * such a header, so the app may look for it.
 */
export function compileBypassing(bypassHeaders: readonly string[]): (name: string) => boolean {
  const bypassing = new Set(bypassHeaders);
  const prefixes = families.filter(([, leader]) => bypassing.has(leader)).map(([prefix]) => prefix);
  return (name) => bypassing.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
