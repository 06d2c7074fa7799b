import { Marked } from 'marked';
import { pictureUrl } from '../pictures.js';

/** @import { Token } from 'marked' */

/** A first paragraph that is longer is no introduction. */
const SUMMARY_LENGTH = 800;

/** A list of what may begin an address; a list of what may not would miss `javascript&#58;`. */
const SAFE_ADDRESS = /^(?:https?:\/\/|mailto:|[/#.]|[\w-]+(?:[/.#?]|$))/i;

const marked = new Marked({
  renderer: {
    html: ({ text }) => escapeHtml(text),
    heading({ tokens, depth }) {
      return `<h${depth} id="${anchorOf(plainText(tokens))}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
  },
  walkTokens(token) {
    if (token.type === 'image' && token.href.startsWith('asset:')) {
      token.href = pictureUrl(token.href.slice('asset:'.length)) ?? '#';
      return;
    }
    if ((token.type === 'link' || token.type === 'image') && !SAFE_ADDRESS.test(token.href)) token.href = '#';
  },
});

/**
 * Markdown as HTML; raw HTML in it comes out as text.
 *
 * @param {string} markdown
 */
export function toHtml(markdown) {
  // What is wider than the screen is scrolled in its own box, by keyboard too.
  return marked.parse(markdown, { async: false }).replaceAll('<pre>', '<pre tabindex="0">');
}

/**
 * The first paragraph as plain text; one with nothing but pictures has none. One of more than 800 characters is cut at a word.
 *
 * @param {string} markdown
 */
export function summarize(markdown) {
  const paragraphs = marked.lexer(markdown).filter((token) => token.type === 'paragraph');
  const texts = paragraphs.map((token) => plainText('tokens' in token ? token.tokens : []));
  const text = texts.map((one) => one.replace(/\s+/g, ' ').trim()).find((one) => one !== '') ?? '';
  return text.length <= SUMMARY_LENGTH ? text : `${text.slice(0, SUMMARY_LENGTH).replace(/\s+\S*$/, '')} …`;
}

/**
 * What a link puts after `#` to lead to a heading, as GitHub has it.
 *
 * @param {string} heading
 */
function anchorOf(heading) {
  const words = heading.toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '');
  return words.trim().replaceAll(' ', '-');
}

/**
 * @param {Token[]} [tokens]
 * @returns {string}
 */
function plainText(tokens = []) {
  return tokens
    .filter(({ type }) => type !== 'image')
    .map((token) => ('tokens' in token ? plainText(token.tokens) : 'text' in token ? token.text : ' '))
    .join('');
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
