/**
 * Request headers that pages cannot answer, whatever the site says: credentials, upgrades, ranges, preconditions that a
 * stored page would judge by the wrong validator, and a body. An empty value counts as absent, as it does for nginx.
 */
export const unanswerableHeaders: readonly string[] = Object.freeze([
  ...['authorization', 'upgrade', 'range', 'if-match', 'if-unmodified-since'],
  ...['content-length', 'transfer-encoding'],
]);

/**
 * Headers that scripts send and visits by a browser do not: who sends one asks for a fragment, data, or permission. Origin
 * comes with requests from other sites (Fetch §3.2). What browsers send when they fetch a page ahead (Sec-Purpose) is none
 * of them: it is the page that they want.
 */
export const defaultBypassHeaders: readonly string[] = Object.freeze([
  ...['X-Requested-With', 'Origin', 'HX-Request', 'Turbo-Frame', 'X-PJAX', 'X-Inertia', 'X-Up-Version'],
  ...['RSC', 'Next-Router-State-Tree', 'Next-Router-Prefetch', 'Next-Router-Segment-Prefetch', 'Next-Url'],
  ...['Next-Action', 'X-Nextjs-Data', 'X-Middleware-Prefetch'],
]);

/**
 * A name that nginx has a variable for. Not what every request has, nor what the generated nginx overwrites: those would
 * send every request to the app.
 */
export const bypassHeaderPattern =
  /^(?!(?:host|connection|x-forwarded-(?:for|proto|host)|x-staticgenerator)$)[a-z0-9]+(?:-[a-z0-9]+)*$/i;

/** All headers that send a request to the app, in lower case: what no page can answer, and what the site names. */
export function bypassHeadersOf(names: readonly string[]): readonly string[] {
  return [...new Set([...unanswerableHeaders, ...names.map((name) => name.toLowerCase())])];
}

/** Headers that scripts send only beside the one that their names begin with or belong to. */
const families: readonly (readonly [prefix: string, leader: string])[] = [
  ['hx-', 'hx-request'],
  ['x-pjax-', 'x-pjax'],
  ['x-inertia-', 'x-inertia'],
  ['x-up-', 'x-up-version'],
];

/**
 * From the headers that bypass, to whether a header is one of them or comes only beside one: no request that a page answers
 * has it, so a page may look for it.
 */
export function compileBypassing(bypassHeaders: readonly string[]): (name: string) => boolean {
  const bypassing = new Set(bypassHeaders);
  const prefixes = families.filter(([, leader]) => bypassing.has(leader)).map(([prefix]) => prefix);
  return (name) => bypassing.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}
