import { defineConfig } from 'staticgenerator';

export default defineConfig({
  urls: [{ match: /^\/(?:posts\/[\w-]+|feed\.xml)?$/, as: 'nobody' }, /^\/hello$/],
  // Astro sends HTML without a charset.
  types: { html: 'text/html' },
});
