import { fileURLToPath } from 'node:url';

/** Where database, pages and nginx's files lie. */
export const folder = process.env.BLOG_FOLDER || fileURLToPath(new URL('var', import.meta.url));
