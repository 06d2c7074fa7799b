/**
 * Text as it may stand in an address: letters and digits of any script, in lower case, joined by hyphens.
 *
 * @param {string} text
 */
export function slugify(text) {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
}
