/**
 * The fields that the strip needs from the answer of `GET /why` of the HTTP API.
 *
 * @typedef {object} PageFacts
 * @property {readonly string[]} files the files in which the page is stored if it is stored
 * @property {{ file: string, storedAt: number, servedBy: string } | null} stored
 * @property {{ reason: string } | null} lastRefusal
 *
 * @typedef {{ how: string, what: string, file?: string | undefined }} Strip the words of the strip
 */

/**
 * Says how a page has reached its visitor.
 *
 * @param {PageFacts | undefined} facts what is stored now
 * @param {object} delivery
 * @param {string | undefined} delivery.status the `Cache-Status` that Node sent; undefined if Node was not asked
 * @param {boolean} delivery.isBehindNginx
 * @param {number} delivery.now in milliseconds
 * @returns {Strip}
 */
export function stripOf(facts, { status, isBehindNginx, now }) {
  const stored = facts?.stored;
  if (status !== undefined && !status.endsWith('; hit')) return rendered(facts, status);
  if (!stored)
    return { how: 'Rendered earlier', what: 'not stored any more: reload, and it is rendered again' };
  const what = `stored ${ago(now - stored.storedAt)} as`;
  if (status !== undefined) return { how: 'From a file, served by Node', what, file: stored.file };
  const isFromNginx = isBehindNginx && stored.servedBy === 'nginx';
  return { how: isFromNginx ? 'From a file, served by nginx' : 'Kept as a file', what, file: stored.file };
}

/**
 * @param {PageFacts | undefined} facts
 * @param {string} status
 * @returns {Strip}
 */
function rendered(facts, status) {
  const how = 'Rendered for you just now';
  const reason = /detail=([\w-]+)/.exec(status)?.[1];
  if (reason === undefined && facts?.stored) return { how, what: 'stored as', file: facts.stored.file };
  const told = reason ?? facts?.lastRefusal?.reason;
  if (told !== undefined) return { how, what: `not stored: ${told}` };
  return { how, what: 'being stored as', file: facts?.files[0] };
}

/** @param {number} milliseconds */
function ago(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return 'just now';
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 172_800
    ? `${Math.floor(seconds / 3_600)} h ago`
    : `${Math.floor(seconds / 86_400)} days ago`;
}
