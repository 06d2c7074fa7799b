import { escape as spellQuery } from 'node:querystring';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findEcho } from '../../../src/page/response/echoes.js';

const agent = 'Mozilla/5.0 (X11; "Linux" <x86_64>; it\'s) Chrome/140.0 & more\\é';
const text = (value: string, name = 'x-value') => ({ name, text: value, isAddress: false });
const address = (value: string) => ({ name: 'address', text: value, isAddress: true });
const isIn = (body: string | Buffer, value: ReturnType<typeof text>) =>
  findEcho(Buffer.from(body as string), [value]) !== undefined;

const escapeHtml = (value: string) =>
  value.replace(
    /[&<>"']/g,
    (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one] ?? '&#39;',
  );

/** How templates, URLs and scripts write a text. */
const escapes: Readonly<Record<string, (value: string) => string>> = {
  'as it is': (value) => value,
  'in HTML': escapeHtml,
  'in HTML, by names': (value) =>
    value.replace(
      /[&<>"']/g,
      (one) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[one] ?? 'apos'};`,
    ),
  'in HTML, by decimal numbers': (value) => value.replace(/[^\w .-]/gu, (one) => `&#${one.codePointAt(0)};`),
  'in HTML, by three digits': (value) => value.replaceAll("'", '&#039;'),
  'in HTML, by hexadecimal numbers': (value) =>
    value.replace(/[&<>"'`=/]/g, (one) => `&#x${one.charCodeAt(0).toString(16).toUpperCase()};`),
  'in a component of a URL': encodeURIComponent,
  'in a URL': encodeURI,
  'in a URL, in lower case': (value) => encodeURIComponent(value).toLowerCase(),
  'in a form': (value) => new URLSearchParams({ value }).toString(),
  'in a query': spellQuery,
  'in a URL in a URL': (value) => encodeURIComponent(encodeURIComponent(value)),
  'in JSON': (value) => JSON.stringify(value),
  'in JSON in HTML': (value) => escapeHtml(JSON.stringify(value)),
  'in JSON in a URL': (value) => encodeURIComponent(JSON.stringify(value)),
  'in JSON in a script': (value) =>
    JSON.stringify(value).replace(
      /[<>&/]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  'in JSON, the slash escaped': (value) => JSON.stringify(value).replaceAll('/', '\\/'),
};

describe.each(Object.entries(escapes))('a value %s', (_, spell) => {
  test('is found', () => {
    const value = spell === escapes['in a URL, in lower case'] ? agent.toLowerCase() : agent;
    expect(isIn(`<p>You use ${spell(value)}.</p>`, text(value))).toBe(true);
  });

  test('is found, whatever it is', () => {
    const values = fc
      .string({ minLength: 8, maxLength: 60 })
      .filter((value) => /^[\x20-\x7e]+$/.test(value) && /\w/.test(value));
    fc.assert(
      fc.property(values, (value) => {
        const sent = spell === escapes['in a URL, in lower case'] ? value.toLowerCase() : value;
        return isIn(`<p>(${spell(sent)})</p>`, text(sent));
      }),
    );
  });
});

test.each<[string, string, ReturnType<typeof text>]>([
  ['nothing', '', text(agent)],
  ['another value', `Mozilla/5.0 (Windows) Chrome/140.0`, text(agent)],
  ['parts of it', `Mozilla/5.0 (X11; "Linux" <x86_64>; Chrome/140.0 & more`, text(agent)],
  ['a longer word', 'an abcdefghi', text('abcdefgh')],
  ['a word that ends in it', 'xabcdefgh', text('abcdefgh')],
  [
    'a link that begins so',
    '<a href="https://www.google.com/maps">',
    text('https://www.google.com/', 'referer'),
  ],
  ['another address', '10.0.0.10 110.0.0.1', address('10.0.0.1')],
  ['a longer number', '1.10.0.0.1.5', address('10.0.0.1')],
  ['a port of this machine', 'http://127.0.0.1:3000/', address('127.0.0.1')],
  ['a port of this machine by IPv6', 'http://[::1]:3000/', address('::1')],
  ['another address of IPv6', '2001:db8::12', address('2001:db8::1')],
  ['the end of the bytes before it', 'abcdef', text('abcdefgh')],
])('%s is not it', (_, body, value) => {
  expect(isIn(body, value)).toBe(false);
});

test.each<[string, string, ReturnType<typeof text>]>([
  ['all that there is', agent, text(agent)],
  ['at the end of a sentence', 'You come from 10.0.0.1.', address('10.0.0.1')],
  ['with the port of a client', '10.0.0.1:4711', address('10.0.0.1')],
  ['of a visitor at this machine', 'You come from 127.0.0.1: welcome', address('127.0.0.1')],
  ['in a list', '10.0.0.2,10.0.0.1,10.0.0.3', address('10.0.0.1')],
  ['after others that begin so', 'abcdefghi abcdefgh', text('abcdefgh')],
  [
    'with what follows',
    '<script src="https://evil.example/app.js">',
    text('https://evil.example/', 'x-base'),
  ],
  ['the whole link', '<a href="https://www.google.com/">', text('https://www.google.com/', 'referer')],
  ['of marks alone', 'a ((<<>>)) b', text('((<<>>))')],
])('%s, it is found', (_, body, value) => {
  expect(isIn(body, value)).toBe(true);
});

test('latin1 is found as it came, and as the text that it is', () => {
  const value = text('caf\u00e9 au lait');
  expect(isIn('un café au lait', value)).toBe(true);
  expect(isIn(Buffer.from('un caf\u00e9 au lait', 'latin1'), value)).toBe(true);
});

test('only its own view of a buffer is looked at', () => {
  const around = new Uint8Array(Buffer.from('before secret-1 after'));
  expect(findEcho(around.subarray(0, 7), [text('secret-1')])).toBeUndefined();
  expect(findEcho(around.subarray(7, 15), [text('secret-1')])?.text).toBe('secret-1');
});

test('a value that stands nearly everywhere is not compared everywhere', () => {
  const body = Buffer.from('a!'.repeat(200_000));
  expect(findEcho(body, [text('!a?'.repeat(2_000))])?.name).toBe('x-value');
  expect(findEcho(body.subarray(0, 1_000), [text('!a?'.repeat(2_000))])).toBeUndefined();
});

test('of a long value, its beginning is enough', () => {
  const value = `${'abc '.repeat(100)}end`;
  expect(findEcho(Buffer.from(`<p>${value.slice(0, 300)}…`), [text(value)])?.name).toBe('x-value');
});
