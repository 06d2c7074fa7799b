import { sectionsOf } from './markdown.js';

/** @import { Page } from './site-pages.js' */
/** @import { Source } from './library.js' */

/** Long texts that few look for: their titles and headings are found, and how each section begins. */
const IN_SHORT = /^(?:docs\/(?:decisions|performance)\/|CHANGELOG)/;
const SHORT_LENGTH = 300;

/**
 * What is found: a document for each section of each page. The browser makes the index, so that the text is sent once, for the
 * index and for the excerpts.
 *
 * @param {ReadonlyMap<string, Source>} library
 * @param {readonly Page[]} pages
 */
export function searchDocuments(library, pages) {
  return pages.flatMap(({ file, url, title, part }) =>
    sectionsOf(library.get(file)?.tokens ?? []).map(({ heading, anchor, text }) => ({
      // Without the slash: it is looked up from where the site lies.
      url: `${url.slice(1)}${anchor === '' ? '' : `#${anchor}`}`,
      title,
      part: part === '' ? 'Decisions' : part,
      heading,
      text: IN_SHORT.test(file) ? text.slice(0, SHORT_LENGTH) : text,
    })),
  );
}
