// The bodies of test pages, shared by tests and by the processes that they start.

/**
 * What a test's page says about itself, so that a reader can judge it.
 *
 * @typedef {object} Content
 * @property {string} path
 * @property {number} version of the data that it was rendered from
 * @property {readonly string[]} tags those that it had at the end of its render
 * @property {string} render which render it was
 */

const FILLER = 'enough text to be worth a coding; '.repeat(50);
const END = '\nend\n';

/**
 * A body that tells if a byte of it is missing; `compressed` makes it long enough for codings.
 *
 * @param {Content} content
 * @param {boolean} compressed
 */
export function bodyOf(content, compressed) {
  return `${JSON.stringify(content)}\n${compressed ? FILLER : ''}${END}`;
}

/**
 * Reads what {@link bodyOf} wrote; throws for anything less.
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
