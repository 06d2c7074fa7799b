import { shapeSource } from '../page/grammar.js';
import { extensionlessTypes } from '../page/layout.js';
import { foreignNames } from '../page/request/cookies.js';
import { contentHash } from '../store/content-hash.js';
import { TERM_FOLDER } from '../store/web-root.js';
import { nobodysPaths } from './gate.js';
import { shapes } from './layout.js';
import type { FrontSite } from './site.js';

/** Increase this when a generated configuration answers differently than before, although the options are the same. */
const TEMPLATE_GENERATION = 1;

/**
 * Returns a hash of the decisions that the server in front and the code must share: layout, gate, types and declared
 * headers. The server sends it to the app, so that the app notices a configuration made from other options. Addresses
 * are not part of it, and host names only if the site has several hosts.
 */
export function fingerprintOf(config: Omit<FrontSite, 'webRoot'>): string {
  const foreignCookies = foreignNames(config);
  const paths = nobodysPaths(config.rules);
  const decisions = {
    generation: TEMPLATE_GENERATION,
    layout: shapes.map((shape) => shapeSource(shape, 'pcre')),
    extensionlessTypes,
    bypassHeaders: config.bypassHeaders,
    scheme: config.scheme,
    hosts: config.hosts.length > 1 ? config.hosts : [],
    bypassCookies: config.bypassCookies,
    // JSON leaves out what is `undefined`.
    foreignCookies: foreignCookies.length === 0 ? undefined : foreignCookies,
    ignoreQuery: config.ignoreQuery,
    types: config.types,
    typesOfPaths: config.typesOfPaths.size === 0 ? undefined : [...config.typesOfPaths],
    headers: [...config.headers.values()],
    queries: config.rules.queryNames.length === 0 ? undefined : config.rules.queryNames,
    includes: config.islands?.includePath,
    variants: config.rules.included.some(({ variants }) => variants !== undefined)
      ? config.rules.included.map(({ pattern, variants }) => [String(pattern), variants?.source])
      : undefined,
    paths: paths.length === 0 ? undefined : paths,
    hits: config.countHits && [config.countHits.port, config.countHits.oneIn],
    term: config.cluster === undefined ? undefined : TERM_FOLDER,
  };
  return contentHash(JSON.stringify(decisions)).slice(0, 16);
}
