import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'staticgenerator';
import { folder } from './folder.js';

/** The app reads these options, and so does `staticgenerator export`, which makes the site: see build.js. */
export default defineConfig({
  webRoot: join(folder, 'www'),
  urls: [/^\//],
  assets: {
    dirs: [fileURLToPath(new URL('static', import.meta.url))],
    packages: [{ name: 'minisearch', dir: 'dist/es', prefix: 'minisearch' }],
    ignore: ['SearchableMap.*', '*.d.ts', 'CVS', '.!(well-known)', '*~'],
    root: join(folder, 'assets'),
    url: '/assets/',
    // In this mode, the app serves the collected files, so the export contains them.
    mode: 'production',
    rewrite: { css: true, js: true },
  },
  app: () => import('./app.js'),
});
