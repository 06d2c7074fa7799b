import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marked } from 'marked';
import { urlOfPage } from './addresses.js';
import { plainText } from './plain-text.js';

/** @import { Token } from 'marked' */

/**
 * @typedef {object} Source a page before it is rendered
 * @property {string} file relative to the repository; for an index that is made here, the path of the missing README
 * @property {string} url
 * @property {string} title the first heading
 * @property {readonly Token[]} tokens its Markdown
 */

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

const OWN_FOLDER = 'docs/site';
const AT_THE_TOP = ['README.md', 'CHANGELOG.md'];

/** Folders that have no README, each with the introduction of the page that lists its files. */
const INDEXES = {
  'docs/reference': 'Options, members, commands, errors and reasons, each with what it means and an example.',
  'docs/decisions':
    'Why the package is as it is: what was decided, what was measured, and when to look again. For those who work on it.',
  'docs/examples': 'Whole sites to read and to start.',
};

/**
 * Returns the Markdown of the repository that the site shows, by file: README, changelog, and everything in docs.
 *
 * @returns {ReadonlyMap<string, Source>}
 */
export function readLibrary() {
  const files = [...AT_THE_TOP, ...markdownIn('docs')].filter((file) => existsSync(pathOf(file)));
  const sources = files.map((file) => readSource(file, readFileSync(pathOf(file), 'utf8')));
  const library = new Map(sources.map((source) => [source.file, source]));
  for (const [folder, about] of Object.entries(INDEXES)) {
    const readme = `${folder}/README.md`;
    if (!library.has(readme)) library.set(readme, readSource(readme, listOf(folder, about, sources)));
  }
  return library;
}

/** @param {string} file relative to the repository */
export function pathOf(file) {
  return posix.join(repository, file);
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {Source}
 */
function readSource(file, text) {
  const tokens = marked.lexer(text.replaceAll('\r\n', '\n'));
  const heading = tokens.find((token) => token.type === 'heading');
  const title = heading === undefined ? posix.basename(file, '.md') : plainText([heading]);
  return { file, url: urlOfPage(file), title, tokens };
}

/**
 * @param {string} folder
 * @param {string} about
 * @param {readonly Source[]} sources
 */
function listOf(folder, about, sources) {
  const listed = sources.filter(({ file }) => file.startsWith(`${folder}/`));
  const lines = listed.map(({ file, title }) => `- [${title}](${posix.relative(folder, file)})`);
  const name = posix.basename(folder);
  return [`# ${name.charAt(0).toUpperCase()}${name.slice(1)}`, about, lines.join('\n')].join('\n\n');
}

/**
 * Returns the Markdown files below a folder, except those that are not documentation: the site itself, and what was
 * installed or exported.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function markdownIn(folder) {
  if (folder === OWN_FOLDER) return [];
  return readdirSync(pathOf(folder))
    .sort()
    .flatMap((name) => {
      const file = `${folder}/${name}`;
      if (['node_modules', 'var', 'dist'].includes(name)) return [];
      if (statSync(pathOf(file)).isDirectory()) return markdownIn(file);
      return name.endsWith('.md') ? [file] : [];
    });
}
