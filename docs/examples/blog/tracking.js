import { trackTypeOrm } from 'staticgenerator/typeorm';

/** @import { Change, StaticGenerator } from 'staticgenerator' */
/** @import { DataSource } from 'typeorm' */
/** @import { Comment } from './models/comments.js' */
/** @import { Post } from './models/posts.js' */

/**
 * From here on, TypeORM's queries tell which page reads which post, and a post that is saved or deleted deletes the
 * pages that have read it. There are no save hooks, and no page is named here.
 *
 * The option `urls` is for what routes/pages.js reads untracked, and tags itself, to be more exact than a list can be.
 *
 * @param {DataSource} database
 * @param {StaticGenerator} pages
 */
export function trackModels(database, pages) {
  trackTypeOrm(database, pages, {
    entities: ['Post', 'Comment'], // no page shows users, sessions and messages
    urls: { Post: listsMoved, Comment: commentsTag },
  });
}

/**
 * Of a page with the comments on a post.
 *
 * @param {Pick<Comment, 'postId'>} comment
 */
export function commentsTag({ postId }) {
  return { tag: `comments:${postId}` };
}

/**
 * Of a page that lists all posts, or those with a tag, or a part of them.
 *
 * @param {string} [tag]
 */
export function listTag(tag = undefined) {
  return { tag: tag === undefined ? 'list' : `list:${tag}` };
}

/** Of a page that shows the newest posts alone: a new one takes a place there. One that goes has been read by it. */
export function latestTag() {
  return { tag: 'latest' };
}

/**
 * The lists in which other posts move, because this one is new or gone, or has other tags. One that goes has none any more.
 *
 * @param {Post} post
 * @param {Change} change
 */
function listsMoved({ tags, version }, { action, before }) {
  if (action === 'delete') return [listTag()];
  if (action !== 'update') return [latestTag(), listTag(), ...tags.map(listTag)];
  const { tags: former, version: formerVersion } = /** @type {Post} */ (before);
  // What TypeORM has read before is what this save has replaced only if nobody has saved in between.
  if (version !== formerVersion + 1) return ['/', '/tags/**'];
  const changed = [
    ...tags.filter((tag) => !former.includes(tag)),
    ...former.filter((tag) => !tags.includes(tag)),
  ];
  return changed.length > 0 ? ['/', ...changed.map(listTag)] : []; // the home page counts tags
}
