import { join } from 'node:path';
import { defineConfig } from 'staticgenerator';
import { hostFolder } from './folder.js';
import { securityHeaders } from './security.js';
import { FORM_COOKIE } from './tokens.js';

/** Short, so that a person who stops a host soon sees the effect. */
const TERM_SECONDS = 5;

/** Set if this is one of several hosts (npm start -- --hosts 2): pages that are deleted on one are deleted on all. */
const { BLOG_REDIS: url } = process.env;
const cluster = url && (await import('staticgenerator/redis')).redis({ url, termSeconds: TERM_SECONDS });

/**
 * The port where nginx reports its hits, for the dashboard. It reports every hit, because this site has few visitors.
 */
const { BLOG_HITS_PORT: hitsPort } = process.env;
const countHits = hitsPort && { port: Number(hitsPort), oneIn: 1 };

/** Read by the app (site.js) and by the command line: `npx staticgenerator list --config <this file>`. */
export default defineConfig({
  webRoot: process.env.WEB_ROOT || join(hostFolder, 'www'),

  // Anchored at both ends: other responses (search, login, the admin area, a 404) are never stored. All pages are
  // rendered as `nobody`, so that visitors who have signed in get them too. nginx reads these patterns, so they contain
  // no \p{L}.
  urls: [
    /^\/$/,
    /^\/page\/[1-9]\d*$/,
    /^\/posts\/[^/]+$/,
    /^\/tags\/[^/]+\/(?:page\/[1-9]\d*)?$/,
    /^\/contact$/,
    /^\/(?:feed|sitemap)\.xml$/,
    /^\/api\/posts\.json$/,
  ].map((match) => ({ match, as: /** @type {const} */ ('nobody') })),

  // The parts of these pages that differ for each visitor: routes/visitor.js.
  islands: { urls: [/^\/visitor\//] },

  // No page depends on this cookie. If it were not listed, it would count as a session cookie, and requests with it
  // would create no pages.
  ignoreCookies: { add: [FORM_COOKIE] },

  // Feed and sitemap contain the address of the site, so they seem to depend on the scheme of the request. Because the
  // scheme is declared here, nginx serves them.
  scheme: process.env.BLOG_URL?.startsWith('https:') ? 'https' : 'http',

  // The headers that helmet sets on every response, so that nginx sets them too.
  headers: securityHeaders,

  ...(cluster ? { cluster } : {}),
  ...(countHits ? { countHits } : {}),

  app: () => import('./app.js'),
});
