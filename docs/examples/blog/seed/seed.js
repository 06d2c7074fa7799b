import { Post } from '../models/posts.js';
import { readDocumentation } from './documentation.js';
import { generatePosts } from './generated-posts.js';
import { tryThis } from './try-this.js';

/** @import { DataSource } from 'typeorm' */
/** @import { PostValues } from '../models/posts.js' */

/** So many fit in one statement. */
const POSTS_AT_ONCE = 500;

/**
 * Fills an empty database with what to try, and the project's documentation, and adds the first `generated` of the generated posts
 * that are not there yet.
 *
 * @param {DataSource} database
 * @param {number} generated
 * @param {string} siteUrl what the commands to try ask
 * @returns {Promise<number>} how many posts were added
 */
export async function seed(database, generated, siteUrl) {
  const before = await database.getRepository(Post).count();
  if (before === 0) await insertPosts(database, [tryThis(siteUrl), ...readDocumentation()]);
  await insertPosts(database, generatePosts(generated));
  return (await database.getRepository(Post).count()) - before;
}

/**
 * Leaves out those that are there: several processes may seed one database together.
 *
 * @param {DataSource} database
 * @param {readonly PostValues[]} posts
 */
export async function insertPosts(database, posts) {
  for (let from = 0; from < posts.length; from += POSTS_AT_ONCE) {
    const some = posts.slice(from, from + POSTS_AT_ONCE);
    await database
      .createQueryBuilder()
      .insert()
      .into(Post)
      .values(some)
      .orIgnore()
      .updateEntity(false)
      .execute();
  }
}
