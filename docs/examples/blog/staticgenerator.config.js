import { fileURLToPath } from 'node:url';
import { defineConfig } from 'staticgenerator';

const { WEB_ROOT } = process.env;

/** Read by the app (site.js) and by the command line: `npx staticgenerator list --config <this file>`. */
export default defineConfig({
  webRoot: WEB_ROOT || fileURLToPath(new URL('var/www', import.meta.url)),

  // Anchored at both ends: what is not listed (the edit form, the stylesheet, a 404) is never kept.
  urls: [
    /^\/$/,
    /^\/posts\/[\p{L}\p{M}\p{N}-]+$/u,
    /^\/tags\/[\p{L}\p{M}\p{N}-]+\/$/u,
    /^\/feed\.xml$/,
    /^\/api\/posts$/,
  ],

  app: () => import('./app.js'),
});
