import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { BLOG_FOLDER, BLOG_HOST } = process.env;

/** The folder of the database, the pages and nginx's files. */
export const folder = BLOG_FOLDER || fileURLToPath(new URL('var', import.meta.url));

/** The folder of the pages and nginx's files. If there are several hosts, each has its own; they share the database. */
export const hostFolder = BLOG_HOST ? join(folder, `host-${BLOG_HOST}`) : folder;
