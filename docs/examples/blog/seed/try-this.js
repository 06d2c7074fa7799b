import { readFileSync } from 'node:fs';

/** @import { PostValues } from '../models/posts.js' */

/**
 * Returns the first post: what a newcomer can try here, with commands that send requests to this site.
 *
 * @param {string} siteUrl
 * @returns {PostValues}
 */
export function tryThis(siteUrl) {
  const text = readFileSync(new URL('try-this.markdown', import.meta.url), 'utf8');
  const time = new Date().toISOString();
  return {
    ...{ slug: 'try-this', title: 'Try this', tags: ['project', 'try'] },
    body: text.replaceAll('http://localhost:8080', siteUrl).trim(),
    ...{ publishedAt: time, updatedAt: time },
  };
}
