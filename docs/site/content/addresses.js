import { posix } from 'node:path';

/**
 * The URL of a Markdown file: `docs/guide/headers.md` is at `/guide/headers/`, and the README of a folder at the folder's. With a
 * slash at the end, as plain hosts of files have it.
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
 * The URL of another file of the documentation, such as a picture.
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
 * What a link in a file names: another file or folder, and what stands behind its `#`. Undefined: a web address, or a place in
 * the same page.
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
