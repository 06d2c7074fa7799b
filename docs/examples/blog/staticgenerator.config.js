import { join } from 'node:path';
import { defineConfig } from 'staticgenerator';
import { hostFolder } from './folder.js';
import { securityHeaders } from './security.js';

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

  // Anchored at both ends: what is not listed (search, forms, login, the admin area, a 404) is never kept.
  urls: [
    /^\/$/,
    /^\/page\/[1-9]\d*$/,
    /^\/posts\/[\p{L}\p{M}\p{N}-]+$/u,
    /^\/tags\/[\p{L}\p{M}\p{N}-]+\/(?:page\/[1-9]\d*)?$/u,
    /^\/(?:feed|sitemap)\.xml$/,
    /^\/api\/posts\.json$/,
  ],

  // Whether its cookie is for HTTPS only, express-session asks with every page. Declared, nginx serves these pages.
  scheme: process.env.BLOG_URL?.startsWith('https:') ? 'https' : 'http',

  // What helmet sets on every answer, so that nginx sets it too.
  headers: securityHeaders,

  ...(cluster ? { cluster } : {}),
  ...(countHits ? { countHits } : {}),

  app: () => import('./app.js'),
});
