/** @import { Token } from 'marked' */

/** Tokens whose words a space separates from the words of their neighbors. */
const BLOCKS = ['paragraph', 'heading', 'code', 'list', 'list_item', 'table', 'blockquote', 'br', 'space'];

/**
 * Returns the words of Markdown without its markup, as a reader sees them, and as GitHub makes anchors of headings.
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
 * Replaces entities of HTML with their characters. Code and text contain entities as they were written.
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
