import { fileURLToPath } from 'node:url';

/** Where what the build needs in between lies; not the site itself. */
export const folder =
  process.env.SITE_FOLDER ||
  fileURLToPath(new URL('../../node_modules/.cache/staticgenerator/site', import.meta.url));
