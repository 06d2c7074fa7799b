import { writePost } from '../models/posts.js';
import { readDocumentation } from './documentation.js';
import { generatePosts } from './generated-posts.js';

/** @import { Database } from 'better-sqlite3' */

/**
 * Fills an empty database with the project's documentation, and adds the first `generated` of the generated posts
 * that are not there yet.
 *
 * @param {Database} database
 * @param {number} generated
 * @returns {number} how many posts were added
 */
export function seed(database, generated) {
  const count = database.prepare('SELECT count(*) FROM posts').pluck();
  const exists = database.prepare('SELECT 1 FROM posts WHERE slug = ?').pluck();

  // One transaction: of several processes that start together on an empty database, one seeds.
  const add = database.transaction(() => {
    const isEmpty = count.get() === 0;
    const posts = [...(isEmpty ? readDocumentation() : []), ...generatePosts(generated)];
    const missing = posts.filter((post) => !exists.get(post.slug));
    for (const post of missing) writePost(database, post);
    return missing.length;
  });
  return add.immediate();
}
