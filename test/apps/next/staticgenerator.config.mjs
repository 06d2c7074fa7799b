import { defineConfig } from 'staticgenerator';

export default defineConfig({
  urls: [{ match: /^\/$/, as: 'nobody' }, { match: /^\/posts\/[\w-]+$/, as: 'nobody' }, /^\/about$/],
  // The headers that Next sends with every page that it has prerendered.
  headers: {
    'Cache-Control': 's-maxage=31536000',
    Vary: 'rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch',
    'X-Powered-By': 'Next.js',
    'x-nextjs-cache': 'HIT',
    'x-nextjs-prerender': '1, 1',
    'x-nextjs-stale-time': '300',
  },
});
