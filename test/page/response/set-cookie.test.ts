import { expect, test } from 'vitest';
import { hiddenCookieNames } from '../../../src/page/response/set-cookie.js';

const PAST = 'Thu, 01 Jan 1970 00:00:00 GMT';
const FUTURE = 'Fri, 31 Dec 9999 23:59:59 GMT';

test.each<[line: string, names: readonly string[]]>([
  ['zebra=1; HttpOnly', ['zebra']],
  ['zebra=1;httponly', ['zebra']],
  ['zebra=1; Path=/; HTTPONLY; Secure', ['zebra']],
  ['zebra=1; HttpOnly=true', ['zebra']],
  [' zebra = 1 ; HttpOnly ', ['zebra']],
  ['zebra=; HttpOnly', ['zebra']],
  ['zebra="a=b"; HttpOnly', ['zebra']],
  ['__Host-zebra=1; HttpOnly; Secure; Path=/', ['__Host-zebra']],
  ['zebra=1', []],
  ['zebra=HttpOnly', []],
  ['zebra=1; NotHttpOnly', []],
  // Cookies without a name.
  ['zebra; HttpOnly', []],
  ['=zebra; HttpOnly', []],
  ['', []],
  // Cookies that the response deletes.
  [`zebra=; Expires=${PAST}; HttpOnly`, []],
  ['zebra=; Max-Age=0; HttpOnly', []],
  ['zebra=; Max-Age=-1; HttpOnly', []],
  [`zebra=1; Max-Age=60; Expires=${PAST}; HttpOnly`, ['zebra']],
  [`zebra=1; Max-Age=0; Expires=${FUTURE}; HttpOnly`, []],
  [`zebra=1; Expires=${FUTURE}; HttpOnly`, ['zebra']],
  ['zebra=1; Expires=some day; HttpOnly', ['zebra']],
  ['zebra=1; Max-Age=0; Max-Age=60; HttpOnly', ['zebra']],
  // Names that a list of names cannot contain.
  ['a:b[1]=1; HttpOnly', ['a*b*1*']],
  ['é=1; HttpOnly', []],
  ['*=1; HttpOnly', []],
  [`${'z'.repeat(100)}=1; HttpOnly`, [`${'z'.repeat(64)}*`]],
])('%j gives the hidden cookies %j', (line, names) => {
  expect(hiddenCookieNames([line])).toEqual(names);
});

test('a name that is set twice is one', () => {
  expect(hiddenCookieNames(['a=1; HttpOnly', 'b=1', 'a=2; HttpOnly'])).toEqual(['a']);
});
