import { Marked } from 'marked';
import { pictureUrl } from '../pictures.js';

/** @import { Token } from 'marked' */

/** In characters. A longer first paragraph is no introduction, and is cut. */
const SUMMARY_LENGTH = 800;

/** Lists how an address may begin. A list of forbidden beginnings would miss `javascript&#58;`. */
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
 * Returns Markdown as HTML. Raw HTML in the Markdown is shown as text.
 *
 * @param {string} markdown
 */
export function toHtml(markdown) {
  // Code that is wider than the screen scrolls in its own box. `tabindex` makes that possible with the keyboard too.
  return marked.parse(markdown, { async: false }).replaceAll('<pre>', '<pre tabindex="0">');
}

/**
 * Returns the first paragraph that has text, as plain text. If it has more than 800 characters, it is cut after a word.
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
 * Returns the id of a heading, which links have after `#`. It is the same as on GitHub.
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
