import { posix } from 'node:path';

/**
 * Returns the URL of a Markdown file: `/guide/headers/` for `docs/guide/headers.md`. The README of a folder has the URL
 * of the folder. The URL ends with a slash, as on hosts of plain files.
 *
 * @param {string} file relative to the repository
 */
export function urlOfPage(file) {
  const path = file
    .replace(/^docs\//, '')
    .replace(/(^|\/)README\.md$/, '$1')
    .replace(/\.md$/, '/');
  return `/${path.toLowerCase()}`;
}

/**
 * Returns the URL of another file of the documentation, such as a picture.
 *
 * @param {string} file relative to the repository
 */
export function urlOfFile(file) {
  return `/${file
    .replace(/^docs\//, '')
    .split('/')
    .map(encodeURIComponent)
    .join('/')}`;
}

/**
 * Returns what a link in a file names: another file or folder, and the fragment with its `#`, if any. Returns
 * `undefined` for a web address, or for a place in the same page.
 *
 * @param {string} from the file that has the link, relative to the repository
 * @param {string} link as it is written
 */
export function targetOf(from, link) {
  if (/^(?:[a-z][a-z\d+.-]*:|\/\/|#)/i.test(link)) return undefined;
  const [path = '', fragment] = link.split('#', 2);
  const file = posix.normalize(posix.join(posix.dirname(from), decodeURI(path))).replace(/\/$/, '');
  return { file, fragment: fragment === undefined ? '' : `#${fragment}` };
}
