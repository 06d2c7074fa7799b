import { Marked } from 'marked';
import { slugify } from './slug.js';

/** @import { Token } from 'marked' */

const SUMMARY_LENGTH = 220;

/** A list of what may begin an address; a list of what may not would miss `javascript&#58;`. */
const SAFE_ADDRESS = /^(?:https?:\/\/|mailto:|[/#.]|[\w-]+(?:[/.#?]|$))/i;

const marked = new Marked({
  renderer: {
    html: ({ text }) => escapeHtml(text),
    heading({ tokens, depth, text }) {
      return `<h${depth} id="${slugify(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
  },
  walkTokens(token) {
    if ((token.type === 'link' || token.type === 'image') && !SAFE_ADDRESS.test(token.href)) token.href = '#';
  },
});

/**
 * Markdown as HTML; raw HTML in it comes out as text.
 *
 * @param {string} markdown
 */
export function toHtml(markdown) {
  return marked.parse(markdown, { async: false });
}

/**
 * The first paragraph as plain text, cut at a word.
 *
 * @param {string} markdown
 */
export function summarize(markdown) {
  const paragraph = marked.lexer(markdown).find((token) => token.type === 'paragraph');
  const text = plainText(paragraph && 'tokens' in paragraph ? paragraph.tokens : [])
    .replace(/\s+/g, ' ')
    .trim();
  return text.length <= SUMMARY_LENGTH ? text : `${text.slice(0, SUMMARY_LENGTH).replace(/\s+\S*$/, '')} …`;
}

/**
 * @param {Token[]} [tokens]
 * @returns {string}
 */
function plainText(tokens = []) {
  return tokens
    .map((token) => ('tokens' in token ? plainText(token.tokens) : 'text' in token ? token.text : ' '))
    .join('');
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
