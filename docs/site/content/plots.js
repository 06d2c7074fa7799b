import { posix } from 'node:path';
import { targetOf, urlOfFile } from './addresses.js';
import { escapeHtml } from './code.js';
import { pathOf } from './library.js';
import { imageOf } from './markdown.js';

/** @import { Token, Tokens } from 'marked' */
/** @import { Source } from './library.js' */

/**
 * Returns the plots of all reports in a folder as HTML, each with a link to its report. Leaves out those that the
 * folder's README shows itself.
 *
 * @param {ReadonlyMap<string, Source>} library
 * @param {Source} readme
 * @param {Map<string, string>} files the plots are added to it: for each URL, a path
 */
export function plotsOf(library, readme, files) {
  const folder = posix.dirname(readme.file);
  const shown = imagesOf(readme).map(({ file }) => file);
  const reports = [...library.values()].filter(({ file }) => posix.dirname(file) === folder);
  const figures = reports.flatMap((report) =>
    imagesOf(report)
      .filter(({ file }) => !shown.includes(file))
      .map(({ file, text }) => {
        const url = urlOfFile(file);
        files.set(url, pathOf(file));
        const link = `<a href="${report.url}">${escapeHtml(report.title)}</a>`;
        return `<figure>${imageOf({ url, path: pathOf(file) }, text)}<figcaption>${link}</figcaption></figure>`;
      }),
  );
  return figures.length === 0
    ? ''
    : `<section class="plots" aria-label="Plots">${figures.join('\n')}</section>\n`;
}

/**
 * @param {Source} source
 * @returns {readonly { file: string, text: string }[]}
 */
function imagesOf({ file, tokens }) {
  return tokens.flatMap((token) =>
    (token.type === 'paragraph' ? (token.tokens ?? []) : []).flatMap((/** @type {Token} */ one) => {
      const target = one.type === 'image' ? targetOf(file, one.href)?.file : undefined;
      return target === undefined ? [] : [{ file: target, text: /** @type {Tokens.Image} */ (one).text }];
    }),
  );
}
