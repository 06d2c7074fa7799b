import { defineConfig } from 'staticgenerator';

export default defineConfig({
  // React Router passes a copy of the request to the app, so its reads go unnoticed. Its pages are the same for all.
  urls: [{ match: /^\/(?:posts\/[\w-]+|_root)?(?:\.data)?$/, as: 'nobody' }],
});
