/** In any script it fits into a file name, which has 255 bytes. */
const MAX_LENGTH = 60;

/**
 * Text as it may stand in an address: letters and digits of any script, in lower case, joined by hyphens.
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
