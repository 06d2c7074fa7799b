import { postUrl } from './models/posts.js';

/** @import { StaticGenerator } from 'staticgenerator' */
/** @import { CommentModel } from './models/comments.js' */
/** @import { Post, PostModel } from './models/posts.js' */

/**
 * The hooks: what was saved or deleted names the pages that it concerns. They run after the commit, because a page
 * rendered between a deletion and the commit would be the old one.
 *
 * @param {{ Post: PostModel, Comment: CommentModel, pages: StaticGenerator }} site
 */
export function deleteOutdatedPages({ Post, Comment, pages }) {
  Post.afterSave.add((post, before) => pages.quickDelete(...pagesShowing(post), ...listsMoved(post, before)));
  Post.afterDelete.add((post) => pages.quickDelete(...pagesShowing(post), ...listsMoved(undefined, post)));
  Comment.afterSave.add((comment) => pages.quickDelete(comment));
  Comment.afterDelete.add((comment) => pages.quickDelete(comment));
}

/**
 * What a route says, with `pages.tag()`, of the posts in a list that it renders.
 *
 * @param {Post} post
 */
export function tagOf({ slug }) {
  return `post:${slug}`;
}

/**
 * Wherever a post stands: its page, and those lists that have it on them, which only they know.
 *
 * @param {Post} post
 */
function pagesShowing(post) {
  return [postUrl(post.slug), { tag: tagOf(post) }, '/sitemap.xml'];
}

/**
 * The lists in which other posts move, because this one is new or gone, or has other tags.
 *
 * @param {Post | undefined} after
 * @param {Post | undefined} before
 */
function listsMoved(after, before) {
  const tags = differences(after?.tags ?? [], before?.tags ?? []);
  const tagLists = tags.map((tag) => `/tags/${tag}/**`);
  if (after && before) return tags.length > 0 ? ['/', ...tagLists] : []; // the home page counts tags
  return ['/', '/page/*', '/feed.xml', '/api/posts', ...tagLists];
}

/**
 * What one of the lists has and the other has not.
 *
 * @param {readonly string[]} some
 * @param {readonly string[]} others
 */
function differences(some, others) {
  return [...some.filter((tag) => !others.includes(tag)), ...others.filter((tag) => !some.includes(tag))];
}
