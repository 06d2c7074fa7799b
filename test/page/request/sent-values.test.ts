import { describe, expect, test } from 'vitest';
import { sentValues } from '../../../src/page/request/sent-values.js';

const own = { host: 'www.example.com:8080' };

function namesOf(headers: Record<string, string | string[]>, address?: string): readonly string[] {
  const values = sentValues({ headers: { ...own, ...headers }, path: '/posts/hello', address });
  return values.map(({ name, text }) => `${name}: ${text}`);
}

describe('a text that can have come only from its visitor', () => {
  test.each([
    ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64)'],
    ['user-agent', 'Mozilla/5.0'],
    ['accept', 'text/html,application/xhtml+xml'],
    ['accept', '"><script>alert(1)</script>'],
    ['content-type', 'text/html; charset=utf-8"><script>'],
    ['content-type', 'multipart/form-data; boundary=visitor'],
    ['user-agent', 'text/html; charset=utf-8'],
    ['accept-language', 'de-CH,de;q=0.9'],
    ['sec-ch-ua', '"Chromium";v="140"'],
    ['sec-fetch-mode', 'navigate, twice'],
    ['x-request-id', '0af76519'],
    ['cache-control', 'no-store-x'],
    ['cache-control', 'max-age=evil.example'],
    ['pragma', 'visit-evil'],
    ['x-forwarded-user', 'alexander'],
    ['x-forwarded-host', 'evil.example'],
    ['x-forwarded-prefix', '/elsewhere'],
    ['referer', 'https://other.example/'],
    ['referer', 'https://www.example.com/search?q=secret'],
    ['referer', 'https://user:word@www.example.com/'],
    ['if-none-match', '"><script>'],
    ['x-note', 'caf\u00e9 au lait'],
  ])('%s: %s', (name, value) => {
    expect(namesOf({ [name]: value })).toEqual([`${name}: ${value}`]);
  });

  test.each([
    ['x-real-ip', '8.8.8.8', '8.8.8.8'],
    ['cf-connecting-ip', '2001:db8::1', '2001:db8::1'],
    ['x-client', '203.0.113.7:4711', '203.0.113.7'],
    ['x-client', '[2001:db8::1]:4711', '2001:db8::1'],
    ['x-client', '::ffff:203.0.113.7', '203.0.113.7'],
    ['forwarded', 'for="[2001:db8::1]:4711";proto=https;host=evil.example', '2001:db8::1', 'evil.example'],
    ['x-forwarded-for', '203.0.113.7, 10.0.0.1, <script>', '203.0.113.7', '10.0.0.1', '<script>'],
    ['cookie', '_ga=GA1.2.3.4; consent=yes', 'GA1.2.3.4'],
  ])('%s: %s, in parts', (name, value, ...parts) => {
    expect(namesOf({ [name]: value })).toEqual(parts.map((part) => `${name}: ${part}`));
  });

  test('the address of the connection', () => {
    expect(namesOf({}, '::ffff:203.0.113.7')).toEqual(['address: 203.0.113.7']);
  });

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'the address %s, of a visitor at this machine',
    (address) => {
      const text = address.replace('::ffff:', '');
      expect(namesOf({}, address)).toEqual([`address: ${text}`]);
      expect(namesOf({ 'x-forwarded-for': text }, address)).toHaveLength(2);
    },
  );

  test('each of several values', () => {
    expect(namesOf({ 'x-many': ['first value', 'second value'] })).toHaveLength(2);
  });
});

describe('a text that any page may have', () => {
  test.each([
    ['host', 'www.example.com:8080'],
    ['accept-encoding', 'gzip, deflate, br, zstd'],
    ['x-staticgenerator', 'SZaDDbl0Swnx_3W1'],
    ['accept', 'text/html'],
    ['accept', '*/*'],
    ['content-type', 'text/html'],
    ['content-type', 'text/html; charset=utf-8'],
    ['content-type', 'application/json;charset="UTF-8"'],
    ['accept-language', 'zh-Hant-TW'],
    ['connection', 'keep-alive'],
    ['cache-control', 'max-age=0'],
    ['cache-control', 'no-cache'],
    ['sec-fetch-dest', 'document'],
    ['sec-fetch-site', 'same-origin'],
    ['sec-ch-ua-platform', '"Windows"'],
    ['cookie', 'cookie_consent=accepted; _gid=GA1'],
    ['x-tenant', 'short'],
    ['x-forwarded-host', 'WWW.example.com:8080'],
    ['x-forwarded-host', 'www.example.com'],
    ['x-original-uri', '/posts/hello'],
    ['referer', 'https://www.example.com/'],
    ['referer', 'http://www.example.com:8080/posts/other'],
    ['x-original-url', 'https://www.example.com:8080/posts/hello'],
  ])('%s: %s', (name, value) => {
    expect(namesOf({ [name]: value })).toEqual([]);
  });

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('the address %s of a proxy', (address) => {
    const addressesOf = (headers: Record<string, string>) => namesOf(headers, address);
    expect(addressesOf({ 'x-forwarded-for': '203.0.113.7' })).toEqual(['x-forwarded-for: 203.0.113.7']);
    expect(addressesOf({ 'x-forwarded-for': '203.0.113.7, 127.0.0.1' })).toHaveLength(1);
    expect(addressesOf({ 'x-real-ip': '203.0.113.7' })).toEqual(['x-real-ip: 203.0.113.7']);
  });

  test.each(['0.0.0.0', '::', undefined])('the address %s, which nobody has', (address) => {
    expect(namesOf({}, address)).toEqual([]);
  });
});
