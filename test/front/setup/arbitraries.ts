import fc from 'fast-check';
import { layoutCases } from '../../cases/layout.js';

/** Parts of targets that have a meaning for nginx, for the code, or for the file system. */
const special = [
  ...['index', 'page', '.', '..', '//', '_', '@', '+', ',', '=', '&', '$', "'", '(', ')', ':', '!', '$uri'],
  ...[
    '.xml',
    '.json',
    '.gz',
    '.br',
    '.tmp',
    '.page.',
    '.page',
    '.htm',
    'index.',
    '.hidden',
    '.staticgenerator',
  ],
  ...[
    '%E6%97%A5',
    '%F0%9F%98%80',
    '%CC%81',
    '%C2%A0',
    '%41',
    '%2F',
    '%2e',
    '%25',
    '%c3%a9',
    '%C3',
    '%A9',
    '%20',
  ],
  ...['%ED%A0%80', '%C0%AF', '%zz', '%', ';', '*', '\\', '"', '<', '{', '}', '|', '^', '`', '#', '?', '['],
];
const plain = ['a', 'b', 'blog', '/', '/', '.', '%C3%A9', '.html', 'index', '~', '-'];

const path = fc
  .array(
    fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...plain) }, fc.constantFrom(...plain, ...special)),
    {
      maxLength: 9,
    },
  )
  .map((pieces) => `/${pieces.join('')}`);

const query = fc
  .array(
    fc.constantFrom('utm_a', 'utm_source', 'fbclid', 'id', '=', '=1', '&', '&', '?', '#', '%', ';', '/'),
    {
      maxLength: 7,
    },
  )
  .map((pieces) => `?${pieces.join('')}`);

const tableTargets = layoutCases
  .map(({ target }) => target)
  .filter((target) => /^\/[!-~]{0,150}$/.test(target));

/** A target of the table with something inserted. */
const variation = fc
  .tuple(fc.constantFrom(...tableTargets), fc.nat(), fc.constantFrom(...special))
  .map(([target, position, piece]) => {
    const at = 1 + (position % target.length);
    return `${target.slice(0, at)}${piece}${target.slice(at)}`;
  });

/** Raw request targets, both of pages and of others. */
export const targets = fc.oneof(
  path,
  variation,
  fc.tuple(path, query).map((parts) => parts.join('')),
);

const cookiePieces = [
  ...[
    'sid',
    'a',
    '_ga',
    'connect.sid',
    'session',
    'x',
    '=',
    '=1',
    ';',
    '; ',
    ' ',
    ',',
    '"',
    '\t',
    'SID',
    '.',
    '\xe9',
  ],
];
const cookie = fc
  .array(fc.constantFrom(...cookiePieces), { maxLength: 8 })
  .map((pieces) => `Cookie: ${pieces.join('')}`);

const names = [
  ...['Authorization', 'Range', 'If-Match', 'If-Unmodified-Since', 'Upgrade', 'If-None-Match', 'If-Range'],
  ...['X-Authorization', 'authorization', 'RANGE', 'X', 'Connection', 'Pragma', 'Accept'],
];
const otherHeader = fc
  .tuple(
    fc.constantFrom(...names),
    fc.constantFrom(':', ': ', ':  '),
    fc.constantFrom('', '', ' ', 'x', '|', '|||', '*', '0'),
  )
  .map((pieces) => pieces.join(''))
  // nginx itself answers an empty precondition: see the table of requests.
  .filter((line) => !/^if-(?:match|unmodified-since): *$/i.test(line));

/** Header lines, with each name only once. */
export const headerLines = fc.uniqueArray(fc.oneof(cookie, otherHeader), {
  maxLength: 3,
  selector: (line) => line.toLowerCase().split(':')[0],
});

export const methods = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'DELETE');
