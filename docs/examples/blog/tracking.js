import { trackTypeOrm } from 'staticgenerator/typeorm';

/** @import { Change, StaticGenerator } from 'staticgenerator' */
/** @import { DataSource } from 'typeorm' */
/** @import { Comment } from './models/comments.js' */
/** @import { Post } from './models/posts.js' */

/**
 * After this call, TypeORM's queries show which page reads which post. When a post is saved or deleted, the pages that
 * have read it are deleted. This needs no save hooks, and no page is named here.
 *
 * The option `urls` is for what routes/pages.js reads untracked and tags itself, because a tracked list would be less
 * exact.
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
 * Returns the tag of a page with the comments on a post.
 *
 * @param {Pick<Comment, 'postId'>} comment
 */
export function commentsTag({ postId }) {
  return { tag: `comments:${postId}` };
}

/**
 * Returns the tag of a page that lists all posts or the posts with a tag, or a part of such a list.
 *
 * @param {string} [tag]
 */
export function listTag(tag = undefined) {
  return { tag: tag === undefined ? 'list' : `list:${tag}` };
}

/**
 * Returns the tag of a page of the newest posts only. A new post changes it. For a deleted post, its reads are tracked.
 */
export function latestTag() {
  return { tag: 'latest' };
}

/**
 * Returns the lists in which other posts move, because this post is new, deleted or has other tags. A deleted post has
 * no tags left.
 *
 * @param {Post} post
 * @param {Change} change
 */
function listsMoved({ tags, version }, { action, before }) {
  if (action === 'delete') return [listTag()];
  if (action !== 'update') return [latestTag(), listTag(), ...tags.map(listTag)];
  const { tags: former, version: formerVersion } = /** @type {Post} */ (before);
  // TypeORM read `before` earlier. It is the row that this save replaced only if no other save came in between.
  if (version !== formerVersion + 1) return ['/', '/tags/**'];
  const changed = [
    ...tags.filter((tag) => !former.includes(tag)),
    ...former.filter((tag) => !tags.includes(tag)),
  ];
  return changed.length > 0 ? ['/', ...changed.map(listTag)] : []; // the home page counts tags
}
