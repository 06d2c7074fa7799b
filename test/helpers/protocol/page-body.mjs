// The bodies of test pages, shared by tests and by the processes that they start.

/**
 * What a test's page contains, so that a reader can judge it.
 *
 * @typedef {object} Content
 * @property {string} path
 * @property {number} version of the data that it was rendered from
 * @property {readonly string[]} tags at the end of its render
 * @property {string} render the identifier of the render
 */

const FILLER = 'enough text to be worth a coding; '.repeat(50);
const END = '\nend\n';

/**
 * Returns a body that shows if one of its bytes is missing. `compressed` makes it long enough for codings.
 *
 * @param {Content} content
 * @param {boolean} compressed
 */
export function bodyOf(content, compressed) {
  return `${JSON.stringify(content)}\n${compressed ? FILLER : ''}${END}`;
}

/**
 * Reads the output of {@link bodyOf}. Throws if the body is not complete.
 *
 * @param {string} body
 * @returns {Content}
 */
export function contentOf(body) {
  const lineEnd = body.indexOf('\n');
  const rest = body.slice(lineEnd + 1);
  if (rest !== END && rest !== `${FILLER}${END}`)
    throw new Error(`A partial page: ${JSON.stringify(body.slice(0, 200))}`);
  return JSON.parse(body.slice(0, lineEnd));
}
