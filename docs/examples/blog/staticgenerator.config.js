import { join } from 'node:path';
import { defineConfig } from 'staticgenerator';
import { hostFolder } from './folder.js';
import { securityHeaders } from './security.js';
import { FORM_COOKIE } from './tokens.js';

/** Short, so that whoever stops a host soon sees what comes of it. */
const TERM_SECONDS = 5;

/** One of several hosts (npm start -- --hosts 2): what is deleted on one is deleted on all. */
const { BLOG_REDIS: url } = process.env;
const cluster = url && (await import('staticgenerator/redis')).redis({ url, termSeconds: TERM_SECONDS });

/** Where nginx reports what it has served, for the dashboard: all of it, as this site has few visitors. */
const { BLOG_HITS_PORT: hitsPort } = process.env;
const countHits = hitsPort && { port: Number(hitsPort), oneIn: 1 };

/** Read by the app (site.js) and by the command line: `npx staticgenerator list --config <this file>`. */
export default defineConfig({
  webRoot: process.env.WEB_ROOT || join(hostFolder, 'www'),

  // Anchored at both ends: what is not listed (search, login, the admin area, a 404) is never kept. All are rendered for
  // nobody, so that those who have signed in get them too. nginx reads these patterns, so they have no \p{L}.
  urls: [
    /^\/$/,
    /^\/page\/[1-9]\d*$/,
    /^\/posts\/[^/]+$/,
    /^\/tags\/[^/]+\/(?:page\/[1-9]\d*)?$/,
    /^\/contact$/,
    /^\/(?:feed|sitemap)\.xml$/,
    /^\/api\/posts\.json$/,
  ].map((match) => ({ match, as: /** @type {const} */ ('nobody') })),

  // What is one visitor's in these pages: routes/visitor.js.
  islands: { urls: [/^\/visitor\//] },

  // No page depends on it. Otherwise it would be taken for a session's, and who has it would make no pages.
  ignoreCookies: { add: [FORM_COOKIE] },

  // Feed and sitemap have the address of the site in them, which may look as if visitors had come by it. Declared, nginx serves them.
  scheme: process.env.BLOG_URL?.startsWith('https:') ? 'https' : 'http',

  // What helmet sets on every answer, so that nginx sets it too.
  headers: securityHeaders,

  ...(cluster ? { cluster } : {}),
  ...(countHits ? { countHits } : {}),

  app: () => import('./app.js'),
});
