import { describe, expect, test } from 'vitest';
import { isUnsafe, outdatedBy } from '../../../src/page/request/unsafe.js';
import type { HeaderValues } from '../../../src/page/response/headers.js';
import { compileRules } from '../../../src/page/rules.js';

const rules = compileRules([/^\//], [/^\/admin/]);

/** Returns the paths that an answered request has made out of date. */
function outdated(
  target: string,
  headers: HeaderValues = {},
  status = 200,
  host: string | undefined = 'example.com',
): readonly string[] {
  const request = { target, headers: host === undefined ? {} : { host } };
  return outdatedBy(request, status, headers, rules).map((selector) => {
    if (selector.kind !== 'path') throw new Error(`${selector.kind} is no path`);
    expect(selector).toEqual({ kind: 'path', value: selector.value });
    return selector.value;
  });
}

describe('a method', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])('%s changes nothing', (method) => {
    expect(isUnsafe(method)).toBe(false);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE', 'PROPPATCH', 'MKCOL', 'anything'])(
    '%s may change something',
    (method) => {
      expect(isUnsafe(method)).toBe(true);
    },
  );
});

describe('an answered unsafe request outdates', () => {
  test('its own URL, without the query', () => {
    expect(outdated('/posts/1')).toEqual(['/posts/1']);
    expect(outdated('/posts/1?_method=PUT')).toEqual(['/posts/1']);
    expect(outdated('/')).toEqual(['/']);
  });

  test.each([
    ['/posts/1', '/posts/1'],
    ['/posts/1?saved=1#top', '/posts/1'],
    ['../posts/1', '/posts/1'],
    ['preview', '/drafts/preview'],
    ['?page=2', '/drafts/1'],
    ['http://example.com/posts/1', '/posts/1'],
    ['https://example.com/posts/1', '/posts/1'],
    ['http://EXAMPLE.com:8080/posts/1', '/posts/1'],
    ['//example.com/posts/1', '/posts/1'],
    ['/caf%C3%A9', '/caf%C3%A9'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/café', '/caf%C3%A9'],
  ])('the URL in Location and in Content-Location, on the same host: %s', (reference, path) => {
    const expected = [...new Set(['/drafts/1', path])];
    expect(outdated('/drafts/1', { location: reference }, 303)).toEqual(expected);
    expect(outdated('/drafts/1', { 'content-location': reference })).toEqual(expected);
  });

  test('each of them once', () => {
    expect(outdated('/a', { location: '/b', 'content-location': '/c' }, 201)).toEqual(['/a', '/b', '/c']);
    expect(outdated('/a', { location: '/a', 'content-location': '/a' }, 201)).toEqual(['/a']);
  });

  test.each([
    'http://evil.example/a',
    '//evil.example/a',
    'https://www.example.com/a',
    'mailto:a@example.com',
    'http://',
    'javascript:alert(1)',
  ])('nothing on another host: %s', (reference) => {
    expect(outdated('/form', { location: reference, 'content-location': reference }, 302)).toEqual(['/form']);
  });

  test('nothing that no rule makes a page', () => {
    expect(outdated('/admin/posts', { location: '/admin' }, 303)).toEqual([]);
    expect(outdated('/admin/posts', { location: '/posts' }, 303)).toEqual(['/posts']);
  });

  test.each(['/a//b', '/.env', '/a;b', '/index.html', '/a.gz', '*', ''])(
    'nothing that can be no page: %j',
    (target) => {
      expect(outdated(target, { location: '/ok' }, 303)).toContain('/ok');
      expect(outdated(target, {}, 200).filter((path) => path !== '/')).toEqual([]);
    },
  );

  test('its own URL, however it is escaped', () => {
    expect(outdated('/caf%c3%a9')).toEqual(['/caf%C3%A9']);
    expect(outdated('/%70osts')).toEqual(['/posts']);
    expect(outdated('/a%2Fb')).toEqual([]);
  });

  test.each([200, 201, 204, 302, 303, 399])('its URL with the status %i', (status) => {
    expect(outdated('/a', {}, status)).toEqual(['/a']);
  });

  test.each([100, 199, 400, 401, 403, 404, 409, 422, 500, 503])('nothing with the status %i', (status) => {
    expect(outdated('/a', { location: '/b' }, status)).toEqual([]);
  });

  test.each([
    ['http:///posts/1', '/posts/1'],
    ['http:/posts/1', '/posts/1'],
    ['HTTP:\\\\example.com\\posts\\1', '/posts/1'],
    ['http://user:word@example.com/posts/1', '/posts/1'],
    ['http://exa*mple.com/posts/1', '/posts/1'],
    ['ftp://example.com/posts/1?saved=1', '/posts/1'],
    ['x:/posts/1', '/posts/1'],
  ])('the path of a target in absolute form, however an app reads it: %s', (target, path) => {
    expect(outdated(target)).toContain(path);
  });

  test('its URL of any form of target and Host', () => {
    expect(outdated('http://example.com/a')).toEqual(['/a']);
    expect(outdated('/a', {}, 200, undefined)).toEqual(['/a']);
    expect(outdated('/a', {}, 200, '[::1]:3000')).toEqual(['/a']);
    expect(outdated('/a', { location: 'http://[::1]/b' }, 303, '[::1]:3000')).toEqual(['/a', '/b']);
    // A Host that cannot be part of a URL.
    expect(outdated('/a', {}, 200, 'a b')).toEqual(['/a']);
  });
});
