import { createSite } from './site.js';

const { BLOG_DATABASE, BLOG_POSTS, WEB_ROOT } = process.env;

/** The site that the environment describes, for start.js and for commands that render pages. */
const site = await createSite({
  databasePath: BLOG_DATABASE,
  webRoot: WEB_ROOT,
  posts: Number(BLOG_POSTS || 0),
});

export const { pages, Post, close } = site;
export default site.app;
