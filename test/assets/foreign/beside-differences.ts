import type { Difference } from './beside.js';

/** A reason why our answers differ from those of a peer. Each has a row in docs/decisions/0042. */
export interface ListedDifference {
  readonly why: string;
  /** This and the following fields select differences; `undefined` matches any. `requests` are beginnings of names. */
  readonly aspect: string;
  readonly ours?: string | RegExp;
  readonly theirs?: string | RegExp;
  readonly requests?: readonly string[];
  readonly peer?: Difference['peer'];
  readonly mode?: Difference['mode'];
}

const PARTS = ['the part', 'a part of what has', 'a part of gzip'];
const NOT_CHANGED = ['its tag', 'any tag', 'its date', 'a reload'];

export const listedDifferences: readonly ListedDifference[] = [
  { why: 'the ETag is strong', aspect: 'etag', ours: '"…"', theirs: 'W/"…"' },
  {
    why: 'in development, no-cache',
    aspect: 'cache-control',
    ours: 'no-cache',
    theirs: 'public, max-age=60',
    mode: 'development',
  },
  { why: 'fonts may be read by other origins', aspect: 'access-control-allow-origin', ours: '*', theirs: '' },
  {
    why: 'all text has a charset, as nginx sends it',
    aspect: 'content-type',
    ours: /; charset=utf-8$/,
    theirs: /^[\w/+]+(?:;charset=utf-8)?$/,
  },
  {
    why: 'what has no known extension has a type too',
    aspect: 'content-type',
    ours: 'application/octet-stream',
    theirs: '',
    peer: 'sirv',
  },
  {
    why: 'a folder has one address',
    aspect: 'status',
    ours: '302',
    theirs: '200',
    requests: ['the file', 'HEAD of', 'an index by', 'a folder with an index,', 'the same with'],
  },
  {
    why: 'a folder may become a file, and a browser keeps a 301',
    aspect: 'status',
    ours: '302',
    theirs: '301',
    peer: 'serve-static',
  },
  {
    why: 'a folder without an index is no asset',
    aspect: 'status',
    ours: 'the app',
    theirs: '301',
    requests: ['the same without its slash'],
    peer: 'serve-static',
  },
  {
    why: 'an asset has one spelling: no empty segment, no dots, no escaped slash',
    aspect: 'status',
    ours: 'the app',
    theirs: /^(?:200|301)$/,
    requests: [
      'two slashes',
      'a host after two slashes',
      'dots within',
      'dots behind escapes',
      'an escaped slash',
    ],
  },
  {
    why: 'an extension is not left out, and a file is no folder',
    aspect: 'status',
    ours: 'the app',
    theirs: '200',
    requests: ['a page without its extension', 'a file as if it were a folder'],
    peer: 'sirv',
  },
  {
    why: 'hidden files are not served in development either',
    aspect: 'status',
    ours: 'the app',
    theirs: '200',
    requests: ['the file .hidden', 'the file docs/.hidden', 'HEAD of .hidden', 'HEAD of docs/.hidden'],
    peer: 'sirv',
    mode: 'development',
  },
  {
    why: '.well-known is there to be asked for',
    aspect: 'status',
    ours: '200',
    theirs: 'the app',
    requests: ['the file .well-known', 'HEAD of .well-known'],
    peer: 'serve-static',
  },
  {
    why: 'an asset is read, and nothing else',
    aspect: 'status',
    ours: '405',
    theirs: /^(?:the app|200)$/,
    requests: ['POST', 'PUT', 'DELETE'],
  },
  {
    why: 'a preflight is for the app',
    aspect: 'status',
    ours: 'the app',
    theirs: '200',
    requests: ['OPTIONS'],
    peer: 'sirv',
  },
  {
    why: 'Accept-Ranges is in a 200 alone',
    aspect: 'accept-ranges',
    ours: '',
    theirs: 'bytes',
    requests: [...PARTS, ...NOT_CHANGED],
  },
  {
    why: 'another date than that of the file means another file',
    aspect: 'status',
    ours: '200',
    theirs: '304',
    requests: ['a later date'],
    peer: 'serve-static',
  },
  {
    why: 'a reload is answered that nothing has changed',
    aspect: 'status',
    ours: '304',
    theirs: '200',
    requests: ['a reload'],
    peer: 'serve-static',
  },
  {
    why: 'a malformed part, and one of a file without bytes, is the whole',
    aspect: 'status',
    ours: '200',
    theirs: '416',
    requests: ['the part 5-2', 'a part of nothing'],
  },
  {
    why: 'several parts are the whole',
    aspect: 'status',
    ours: '200',
    theirs: '206',
    requests: ['the part 0-1,3-4', 'the part 0-2,3-4'],
  },
  { why: 'a part is for GET', aspect: 'status', ours: '200', theirs: '206', requests: ['HEAD of a part'] },
  // Codings, which only production has.
  {
    why: 'codings are sent',
    aspect: 'vary',
    ours: 'Accept-Encoding',
    theirs: '',
    peer: 'serve-static',
    mode: 'production',
  },
  ...['body', 'content-length', 'content-encoding'].map(
    (aspect) =>
      ({
        why: 'codings are sent',
        aspect,
        requests: ['gzip', 'br and gzip'],
        peer: 'serve-static',
        mode: 'production',
      }) as const,
  ),
  {
    why: 'of a coding, the whole is sent',
    aspect: 'status',
    ours: '200',
    theirs: '206',
    requests: ['a part of gzip'],
    mode: 'production',
  },
  {
    why: 'of a coding, the whole is sent',
    aspect: 'accept-ranges',
    ours: '',
    theirs: 'bytes',
    requests: ['gzip', 'br and gzip'],
    mode: 'production',
  },
  // Features that sirv lacks.
  {
    why: 'sirv: Vary with files that have no codings',
    aspect: 'vary',
    ours: '',
    theirs: 'Accept-Encoding',
    peer: 'sirv',
  },
  {
    why: 'sirv: no Accept-Ranges but in parts',
    aspect: 'accept-ranges',
    ours: 'bytes',
    theirs: '',
    peer: 'sirv',
  },
  {
    why: 'sirv: another spelling',
    aspect: 'cache-control',
    ours: 'public, max-age=60',
    theirs: 'public,max-age=60',
    peer: 'sirv',
    mode: 'production',
  },
  {
    why: 'sirv: no conditions but one tag',
    aspect: 'status',
    ours: /^(?:304|412)$/,
    theirs: '200',
    peer: 'sirv',
  },
  ...['etag', 'cache-control', 'last-modified'].map(
    (aspect) =>
      ({
        why: 'sirv: a 304 without headers',
        aspect,
        theirs: '',
        requests: ['its tag', 'a reload'],
        peer: 'sirv',
      }) as const,
  ),
  {
    why: 'sirv: takes a suffix for a start',
    aspect: 'status',
    ours: '416',
    theirs: '206',
    requests: ['the part -0'],
    peer: 'sirv',
  },
  ...['body', 'content-length', 'content-range'].map(
    (aspect) =>
      ({ why: 'sirv: takes a suffix for a start', aspect, requests: ['the part -3'], peer: 'sirv' }) as const,
  ),
  {
    why: 'sirv: reads units, conditions and numbers of parts loosely',
    aspect: 'status',
    ours: '200',
    theirs: '206',
    requests: [
      'the part x-y',
      'a part in lines',
      'a part of what has another tag',
      'a part of what is older',
    ],
    peer: 'sirv',
  },
  {
    why: 'sirv: fails',
    aspect: 'status',
    ours: '200',
    theirs: 'the end of the connection',
    requests: ['the part 5-2'],
    peer: 'sirv',
  },
  ...['body', 'content-length', 'content-encoding'].map(
    (aspect) =>
      ({
        why: 'sirv: sends what is refused',
        aspect,
        requests: ['gzip, refused'],
        peer: 'sirv',
        mode: 'production',
      }) as const,
  ),
];

/** Whether an entry of the list explains a difference. */
export function explains(listed: ListedDifference, difference: Difference): boolean {
  const { aspect, ours, theirs, requests, peer, mode } = listed;
  return (
    aspect === difference.aspect &&
    fits(ours, difference.ours) &&
    fits(theirs, difference.theirs) &&
    (requests === undefined || requests.some((start) => difference.request.startsWith(start))) &&
    fits(peer, difference.peer) &&
    fits(mode, difference.mode)
  );
}

function fits(expected: string | RegExp | undefined, found: string): boolean {
  return expected instanceof RegExp ? expected.test(found) : expected === undefined || expected === found;
}
