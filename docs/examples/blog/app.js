import { createSite } from './site.js';

const { BLOG_POSTS, BLOG_URL } = process.env;

/** The site that the environment describes, for start.js and for commands that render pages. */
const site = await createSite({ posts: Number(BLOG_POSTS || 0), url: BLOG_URL });

export const { pages, close } = site;
/** @type {import('express').Express} */
const app = site.app;
export default app;
