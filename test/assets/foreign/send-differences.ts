/** Why a test of @fastify/send cannot pass on our middleware. */
export interface SendDifference {
  readonly why: string;
  /** For each file, the numbers of its tests, counted from 1. */
  readonly tests: Readonly<Record<string, readonly number[]>>;
}

const ONE = 'send.1.test.js';
const TWO = 'send.2.test.js';

/** Each has a row in docs/decisions/0042. The numbers are valid for the version in package.json. */
export const sendDifferences: readonly SendDifference[] = [
  {
    why: 'no option turns parts, Cache-Control, Content-Type, ETag or Last-Modified off',
    tests: { [ONE]: [1, 2, 7, 8, 9, 10, 20], [TWO]: [34] },
  },
  { why: 'no option limits a part', tests: { [ONE]: [3, 4, 5, 6] } },
  {
    why: 'no option for extensions that are left out, or for several names of an index',
    tests: { [ONE]: [14, 16, 55, 58] },
  },
  {
    why: 'a wrong use of their function is another error of ours, or none',
    tests: { [ONE]: [11, 12, 22, 50, 51] },
  },
  {
    why: 'no option for hidden files: they are nowhere served, and a 404 is all that a scanner learns',
    tests: { [ONE]: [23, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35] },
  },
  { why: 'immutable is a year', tests: { [ONE]: [45] } },
  { why: 'max-age is as given', tests: { [ONE]: [49] } },
  {
    why: 'a folder without an index is the 404 of the app, and one without its slash, too, where no index is set',
    tests: { [ONE]: [54] },
  },
  {
    why: 'assets are those of the folders that are named: there are none without a folder',
    tests: { [ONE]: [59, 62, 63, 68, 69] },
  },
  {
    why: 'a path with dots that lead up, a malformed escape and %00 are the 404 of the app',
    tests: { [ONE]: [60, 64, 65, 66, 67], [TWO]: [5, 6] },
  },
  { why: 'the size of a stream is no option', tests: { [ONE]: [70] } },
  { why: 'the ETag is strong', tests: { [TWO]: [9] } },
  {
    why: 'the body of a 404, and its headers, are those of the app',
    tests: { [TWO]: [13, 14, 15, 23, 24, 39] },
  },
  { why: 'a Content-Type that the app set before is replaced', tests: { [TWO]: [16] } },
  {
    why: 'a redirect to a folder is a 302 without a body, and an empty segment is in no asset',
    tests: { [TWO]: [18, 19, 20, 21, 22] },
  },
  {
    why: 'Cache-Control: no-cache of the request is no condition: a 304 says that nothing has changed',
    tests: { [TWO]: [33, 40] },
  },
  { why: 'no events', tests: { [TWO]: [55] } },
  { why: 'several parts are the whole', tests: { [TWO]: [58] } },
  { why: 'no option for a part of the file', tests: { [TWO]: [64, 65, 66, 67] } },
];
