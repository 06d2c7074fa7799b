import { defineConfig } from 'staticgenerator';

export default defineConfig({
  // React Router hands the app a copy of the request, whose reads nobody sees; its pages are the same for all.
  urls: [{ match: /^\/(?:posts\/[\w-]+|_root)?(?:\.data)?$/, as: 'nobody' }],
});
