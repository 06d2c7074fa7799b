import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { BLOG_FOLDER, BLOG_HOST } = process.env;

/** Where database, pages and nginx's files lie. */
export const folder = BLOG_FOLDER || fileURLToPath(new URL('var', import.meta.url));

/** Where pages and nginx's files lie: of several hosts, each has its own, and they share the database. */
export const hostFolder = BLOG_HOST ? join(folder, `host-${BLOG_HOST}`) : folder;
