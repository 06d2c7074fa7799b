/** @import { Token } from 'marked' */

/** What stands beside the words of its neighbors, and not in a word of theirs. */
const BLOCKS = ['paragraph', 'heading', 'code', 'list', 'list_item', 'table', 'blockquote', 'br', 'space'];

/**
 * The words of Markdown, without its marks: as GitHub reads a heading, and a person a text.
 *
 * @param {readonly Token[]} tokens
 * @returns {string}
 */
export function plainText(tokens) {
  return rawWords(tokens).replace(/\s+/g, ' ').trim();
}

/**
 * @param {readonly Token[]} tokens
 * @returns {string}
 */
function rawWords(tokens) {
  return tokens
    .map((token) => (BLOCKS.includes(token.type) ? ` ${wordsOf(token)} ` : wordsOf(token)))
    .join('');
}

/**
 * @param {Token} token
 * @returns {string}
 */
function wordsOf(token) {
  if (token.type === 'html') return '';
  if (token.type === 'table')
    return [token.header, ...token.rows]
      .flat()
      .map((/** @type {{ tokens: Token[] }} */ cell) => rawWords(cell.tokens))
      .join(' ');
  if (token.type === 'list') return rawWords(token.items);
  if ('tokens' in token && token.tokens !== undefined) return rawWords(token.tokens);
  return 'text' in token ? unescaped(token.text) : '';
}

/**
 * Code and text keep the entities that were written in them.
 *
 * @param {string} text
 */
function unescaped(text) {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
