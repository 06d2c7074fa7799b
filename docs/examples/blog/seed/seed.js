import { Post } from '../models/posts.js';
import { readDocumentation } from './documentation.js';
import { generatePosts } from './generated-posts.js';
import { tryThis } from './try-this.js';

/** @import { DataSource } from 'typeorm' */
/** @import { PostValues } from '../models/posts.js' */

/** The number of posts in one statement, which has a limit of parameters. */
const POSTS_AT_ONCE = 500;

/**
 * Fills an empty database with the post “Try this” and the project's documentation. Then adds those of the first
 * `generated` generated posts that do not exist yet.
 *
 * @param {DataSource} database
 * @param {number} generated
 * @param {string} siteUrl the address of this site, for the commands in “Try this”
 * @returns {Promise<number>} how many posts were added
 */
export async function seed(database, generated, siteUrl) {
  const before = await database.getRepository(Post).count();
  if (before === 0) await insertPosts(database, [tryThis(siteUrl), ...readDocumentation()]);
  await insertPosts(database, generatePosts(generated));
  return (await database.getRepository(Post).count()) - before;
}

/**
 * Inserts posts. Leaves out posts that exist, because several processes may seed a database at the same time.
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
