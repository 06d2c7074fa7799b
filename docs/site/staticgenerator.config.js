import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'staticgenerator';
import { folder } from './folder.js';

/** Read by the app and by `staticgenerator export`, which makes the site: see build.js. */
export default defineConfig({
  webRoot: join(folder, 'www'),
  urls: [/^\//],
  assets: {
    dirs: [fileURLToPath(new URL('static', import.meta.url))],
    packages: [{ name: 'minisearch', dir: 'dist/es', prefix: 'minisearch' }],
    ignore: ['SearchableMap.*', '*.d.ts', 'CVS', '.!(well-known)', '*~'],
    root: join(folder, 'assets'),
    url: '/assets/',
    // What was collected is what is exported.
    mode: 'production',
    rewrite: { css: true, js: true },
  },
  app: () => import('./app.js'),
});
