import { defineConfig } from 'staticgenerator';

export default defineConfig({
  urls: [/^\//],
  scheme: 'http',
  excludeUrls: [/^\/(?:ghost|members|p|email|webmentions|unsubscribe|\.ghost)(?:\/|$)/],
  purgeHeaders: ['X-Cache-Invalidate'],
  bypassHeaders: { add: ['X-Ghost-Preview'] },
  headers: { 'Cache-Control': 'public, max-age=0' },
});
