import { existsSync, statSync } from 'node:fs';
import { targetOf, urlOfFile } from './addresses.js';
import { pathOf, readLibrary } from './library.js';
import { renderMarkdown } from './markdown.js';
import { readParts } from './parts.js';
import { plainText } from './plain-text.js';
import { plotsOf } from './plots.js';

/** @import { Source } from './library.js' */
/** @import { Heading, Links } from './markdown.js' */

/**
 * @typedef {object} Page the data that a view shows
 * @property {string} file
 * @property {string} url
 * @property {string} title
 * @property {string} about a short description
 * @property {string} part the part of the contents that it is in; empty if there is none
 * @property {string} html
 * @property {readonly Heading[]} headings
 * @property {{ url: string, title: string } | undefined} before
 * @property {{ url: string, title: string } | undefined} after
 * @property {string} [lead] only of the first page: its first paragraph, as HTML
 */

const HOME = 'README.md';
const PERFORMANCE = 'docs/performance/README.md';
const MAX_ABOUT = 160;

/**
 * Renders all pages of the site, and finds the files that they show.
 *
 * @param {{ sourceUrl?: ((file: string) => string) | undefined }} [options] returns the URL of a source file, if
 *   the sources can be read anywhere
 */
export function makePages({ sourceUrl } = {}) {
  const library = readLibrary();
  const parts = readParts(library);
  /** @type {Map<string, string>} for each URL, the path of a file that a page shows or links to */
  const files = new Map();
  const inOrder = parts.flatMap(({ title, sources }) => sources.map((source) => ({ source, part: title })));
  const pages = [...library.values()].map((source) => {
    const at = inOrder.findIndex((one) => one.source === source);
    const links = linksOf(source.file, { library, files, sourceUrl });
    const page = pageOf(source, links);
    const plots = source.file === PERFORMANCE ? plotsOf(library, source, files) : '';
    return {
      ...page,
      // The plots go before the first table or section.
      html:
        plots === ''
          ? page.html
          : page.html.replace(/<h2|<div class="table"/, (beginning) => `${plots}${beginning}`),
      part: inOrder[at]?.part ?? '',
      before: at < 0 ? undefined : inOrder[at - 1]?.source,
      after: at < 0 ? undefined : inOrder[at + 1]?.source,
    };
  });
  return { pages, parts, files, library };
}

/**
 * @param {Source} source
 * @param {Links} links
 */
function pageOf({ file, url, title, tokens }, links) {
  const first = tokens.find((token) => token.type === 'paragraph' && plainText([token]) !== '');
  const about = cut(plainText(first === undefined ? tokens : [first]));
  if (file !== HOME) return { file, url, title, about, ...renderMarkdown(tokens, links) };
  // The first page shows its title, its first paragraph and the install command separately, and larger.
  const heading = tokens.find((token) => token.type === 'heading');
  const install = tokens.find((token) => token.type === 'code');
  const rest = tokens.filter((token) => ![heading, first, install].includes(token));
  const lead = renderMarkdown(first === undefined ? [] : [first], links).html;
  return { file, url, title, about, lead, ...renderMarkdown(rest, links) };
}

/**
 * @param {string} from
 * @param {{ library: ReadonlyMap<string, Source>, files: Map<string, string>, sourceUrl: ((file: string) => string) | undefined }} site
 * @returns {Links}
 */
function linksOf(from, { library, files, sourceUrl }) {
  /** @param {string} file */
  const show = (file) => {
    files.set(urlOfFile(file), pathOf(file));
    return urlOfFile(file);
  };
  const isShown = (/** @type {string} */ file) =>
    file.startsWith('docs/') && existsSync(pathOf(file)) && statSync(pathOf(file)).isFile();
  return {
    page(link) {
      const target = targetOf(from, link);
      if (target === undefined) return link;
      const source = library.get(target.file) ?? library.get(`${target.file}/README.md`);
      if (source !== undefined) return `${source.url}${target.fragment}`;
      return isShown(target.file) ? show(target.file) : sourceUrl?.(target.file);
    },
    picture(link) {
      const file = targetOf(from, link)?.file;
      return file !== undefined && isShown(file) ? { url: show(file), path: pathOf(file) } : undefined;
    },
  };
}

/** @param {string} text */
function cut(text) {
  return text.length <= MAX_ABOUT ? text : `${text.slice(0, MAX_ABOUT).replace(/\s+\S*$/, '')} …`;
}
