/** In characters. In any script, such a slug fits into a file name, which has at most 255 bytes. */
const MAX_LENGTH = 60;

/**
 * Returns a text in the form for URLs: letters and digits of any script, in lower case, joined by hyphens.
 *
 * @param {string} text
 */
export function slugify(text) {
  const slug = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-/, '');
  return [...slug].slice(0, MAX_LENGTH).join('').replace(/-$/, '');
}
