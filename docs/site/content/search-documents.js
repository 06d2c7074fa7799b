import { sectionsOf } from './markdown.js';

/** @import { Page } from './site-pages.js' */
/** @import { Source } from './library.js' */

/** Long texts that few readers look for. The search finds their titles and headings, and how each section begins. */
const IN_SHORT = /^(?:docs\/(?:decisions|performance)\/|CHANGELOG)/;
const SHORT_LENGTH = 300;

/**
 * Returns the documents that the search can find: one for each section of each page. The browser makes the index from
 * them, so that the text is sent only once, for the index and for the excerpts.
 *
 * @param {ReadonlyMap<string, Source>} library
 * @param {readonly Page[]} pages
 */
export function searchDocuments(library, pages) {
  return pages.flatMap(({ file, url, title, part }) =>
    sectionsOf(library.get(file)?.tokens ?? []).map(({ heading, anchor, text }) => ({
      // Without the first slash: the browser resolves it against the URL of the site's start.
      url: `${url.slice(1)}${anchor === '' ? '' : `#${anchor}`}`,
      title,
      part: part === '' ? 'Decisions' : part,
      heading,
      text: IN_SHORT.test(file) ? text.slice(0, SHORT_LENGTH) : text,
    })),
  );
}
