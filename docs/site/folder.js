import { fileURLToPath } from 'node:url';

/** The folder of the build's intermediate files. The site itself is not in it. */
export const folder =
  process.env.SITE_FOLDER ||
  fileURLToPath(new URL('../../node_modules/.cache/staticgenerator/site', import.meta.url));
