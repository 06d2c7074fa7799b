import GithubSlugger from 'github-slugger';
import { Marked, Renderer } from 'marked';
import { escapeHtml, highlight, nameOfLanguage } from './code.js';
import { sizeOf } from './pictures.js';
import { plainText } from './plain-text.js';

/** @import { Token, Tokens } from 'marked' */

/**
 * @typedef {object} Heading
 * @property {number} depth
 * @property {string} title
 * @property {string} anchor the same as on GitHub
 *
 * @typedef {object} Links the places on the site of what the Markdown names
 * @property {(link: string) => string | undefined} page the URL for a link; `undefined` if its target has none
 * @property {(link: string) => { url: string, path: string } | undefined} picture `undefined` if the site has no such image
 */

const PICTURE_LINK = /<a class="picture"[^>]*>(<img[^>]*>)<\/a>/g;

/**
 * Returns Markdown as HTML, and its headings.
 *
 * @param {readonly Token[]} tokens
 * @param {Links} links
 * @returns {{ html: string, headings: readonly Heading[] }}
 */
export function renderMarkdown(tokens, links) {
  const slugger = new GithubSlugger();
  /** @type {Heading[]} */
  const headings = [];
  const marked = new Marked({ renderer: { ...blocks(headings, slugger), ...inline(links) } });
  return { html: marked.parser([...tokens]), headings };
}

/**
 * @param {Heading[]} headings
 * @param {GithubSlugger} slugger
 * @returns {import('marked').RendererObject}
 */
function blocks(headings, slugger) {
  return {
    heading({ tokens, depth }) {
      const title = plainText(tokens);
      const anchor = slugger.slug(title);
      headings.push({ depth, title, anchor });
      const content = this.parser.parseInline(tokens);
      if (depth === 1) return `<h1 id="${anchor}">${content}</h1>\n`;
      const link = `<a class="anchor" href="#${anchor}" aria-label="Link to ${escapeHtml(title)}">#</a>`;
      return `<h${depth} id="${anchor}">${content} ${link}</h${depth}>\n`;
    },
    code({ text, lang = '' }) {
      const name = escapeHtml(nameOfLanguage(lang));
      const label = name === '' ? 'Code' : name;
      const code = `<pre tabindex="0" role="group" aria-label="${label}"><code>${highlight(text, lang)}</code></pre>`;
      return `<div class="code" data-language="${name}">${code}</div>\n`;
    },
    table(token) {
      const names = token.header.map(({ tokens }) => plainText(tokens)).filter((name) => name !== '');
      const label = escapeHtml(`Table: ${names.join(', ')}`);
      const table = Renderer.prototype.table.call(this, token);
      return `<div class="table" tabindex="0" role="group" aria-label="${label}">${table}</div>\n`;
    },
    tablecell({ header, align, tokens }) {
      const tag = header && tokens.length > 0 ? 'th' : 'td';
      const column = tag === 'th' ? ' scope="col"' : '';
      const side = align === null ? '' : ` class="${align}"`;
      return `<${tag}${column}${side}>${this.parser.parseInline(tokens)}</${tag}>\n`;
    },
  };
}

/**
 * @param {Links} links
 * @returns {import('marked').RendererObject}
 */
function inline(links) {
  return {
    link({ href, tokens }) {
      // A picture in a link leads where the link does, so it gets no link of its own.
      const content = this.parser.parseInline(tokens).replaceAll(PICTURE_LINK, '$1');
      const url = links.page(href);
      return url === undefined ? content : `<a href="${escapeHtml(url)}">${content}</a>`;
    },
    image({ href, text }) {
      const picture = links.picture(href);
      return picture === undefined ? escapeHtml(text) : imageOf(picture, text);
    },
    html({ text }) {
      return rewriteHtml(text.replaceAll(/<!--[\s\S]*?-->/g, ''), links);
    },
  };
}

/**
 * Returns a picture as HTML. It has its size, so that nothing moves when it loads, and a link to the picture alone,
 * because on a phone the page shows only a part at a time.
 *
 * @param {{ url: string, path: string }} picture
 * @param {string} text
 */
export function imageOf({ url, path }, text) {
  const size = sizeOf(path);
  const sides = size === undefined ? '' : ` width="${size.width}" height="${size.height}"`;
  const image = `<img src="${escapeHtml(url)}" alt="${escapeHtml(text)}"${sides} loading="lazy" decoding="async">`;
  return `<a class="picture" href="${escapeHtml(url)}">${image}</a>`;
}

/**
 * Replaces the addresses in HTML that the Markdown contains, such as a `<picture>` for light and dark.
 *
 * @param {string} html
 * @param {Links} links
 */
function rewriteHtml(html, links) {
  return html.replaceAll(/\b(src|srcset|href)="([^"]*)"/g, (all, name, address) => {
    const url = name === 'href' ? links.page(address) : links.picture(address)?.url;
    return url === undefined ? all : `${name}="${escapeHtml(url)}"`;
  });
}

/**
 * Splits the text of a page for the search: one piece before the first section, and one for each section.
 *
 * @param {readonly Token[]} tokens
 * @returns {readonly { heading: string, anchor: string, text: string }[]}
 */
export function sectionsOf(tokens) {
  const slugger = new GithubSlugger();
  /** @type {{ heading: string, anchor: string, tokens: Token[] }[]} */
  const sections = [{ heading: '', anchor: '', tokens: [] }];
  for (const token of tokens) {
    if (token.type !== 'heading') {
      sections.at(-1)?.tokens.push(token);
      continue;
    }
    const heading = plainText([token]);
    const anchor = slugger.slug(heading);
    const { depth } = /** @type {Tokens.Heading} */ (token);
    // The title of the page begins no section.
    if (depth > 1) sections.push({ heading, anchor, tokens: [] });
  }
  return sections.map(({ heading, anchor, tokens: own }) => ({ heading, anchor, text: plainText(own) }));
}
