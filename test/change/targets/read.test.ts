import { describe, expect, test } from 'vitest';
import { readTarget } from '../../../src/change/targets/read.js';
import { StaticGeneratorError } from '../../../src/errors.js';
import { targetCases } from '../../cases/targets.js';
import { parseTarget } from '../../helpers/selectors.js';

function errorOf(action: () => unknown): StaticGeneratorError {
  try {
    action();
  } catch (error) {
    if (error instanceof StaticGeneratorError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a text of the table that a site is tried with', () => {
  test.each(targetCases)('$written ($why)', ({ written, page, listed, selector = page }) => {
    const reading =
      selector === undefined ? { kind: 'not-page', path: listed } : { kind: 'path', value: selector };
    for (const target of [written, { address: written }]) expect(readTarget(target, [])).toEqual(reading);
    if (URL.canParse(written)) expect(readTarget(new URL(written), [])).toEqual(reading);
  });
});

describe('the address of a record', () => {
  test.each(['/posts/*', '/{a,b}'])('%s is a glob', (address) => {
    expect(readTarget({ address }, [])).toEqual({ kind: 'glob', value: address });
  });

  test.each([
    ['/tags/C*%20algebras', '/tags/C*%20algebras'],
    ['/posts/[draft', '/posts/[draft'],
    ['/posts/{id}?a', '/posts/{id}'],
    ['http://localhost/posts/*', '/posts/*'],
  ])('%s is no glob and no page, and no mistake either', (address, path) => {
    expect(readTarget({ address }, [])).toEqual({ kind: 'not-page', path });
  });

  test.each(['', 'posts', '!/posts', 'ftp://localhost/a'])('%j is a bad target', (address) => {
    expect(errorOf(() => readTarget({ address }, []))).toMatchObject({ code: 'ERR_BAD_TARGET' });
  });
});

describe('a path', () => {
  test.each<[string, string]>([
    ['/', '/'],
    ['/blog', '/blog'],
    ['/blog/', '/blog/'],
    ['/post/a.html', '/post/a.html'],
    ['/café', '/caf%C3%A9'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/%7Euser', '/~user'],
    ['/Foo_(bar)', '/Foo_(bar)'],
    ['/a+b@c!d$e', '/a+b@c!d$e'],
    ['/blog?page=2', '/blog'],
    ['/blog?', '/blog'],
    ['/blog#top', '/blog'],
    ['/blog?a[]={b}*', '/blog'],
    ['/blog#?x', '/blog'],
    ['/blog?x\n/y', '/blog'],
  ])('%j is the selector of the page %s', (written, value) => {
    expect(parseTarget(written)).toEqual({ kind: 'path', value });
  });
});

describe('a URL', () => {
  test.each<[string, string, string]>([
    ['http://www.example.com/blog', 'www.example.com', '/blog'],
    ['https://www.example.com/blog/', 'www.example.com', '/blog/'],
    ['HTTPS://WWW.Example.com/Blog', 'www.example.com', '/Blog'],
    ['http://localhost:3000/a?b=c#d', 'localhost', '/a'],
    ['http://localhost', 'localhost', '/'],
    ['http://user:secret@localhost/a', 'localhost', '/a'],
    ['http://[::1]:3000/a', '[::1]', '/a'],
    ['http://münchen.example/a', 'xn--mnchen-3ya.example', '/a'],
    ['http://localhost/café', 'localhost', '/caf%C3%A9'],
    ['http://localhost/caf%c3%a9', 'localhost', '/caf%C3%A9'],
    ['http://localhost/%7Euser', 'localhost', '/~user'],
  ])('%s names the page of its host', (written, host, value) => {
    for (const target of [written, new URL(written)]) {
      expect(readTarget(target, [host, 'other.example'])).toEqual({ kind: 'path', value, host });
      expect(readTarget(target, [])).toEqual({ kind: 'path', value });
    }
  });

  test.each([
    'ftp://localhost/a',
    'file:///etc/passwd',
    'mailto:a@b.example',
    'javascript:alert(1)',
    'no url',
    '',
    'http://',
    'http://localhost/a/*',
  ])('%j is a bad target', (written) => {
    expect(errorOf(() => readTarget(written, []))).toMatchObject({
      code: 'ERR_BAD_TARGET',
      fields: { target: written },
    });
  });
});

describe('a bad target is', () => {
  test.each([
    ['nothing', ''],
    ['a relative path', 'blog'],
    ['a relative glob', '*'],
    ['a host without a scheme', 'localhost/blog'],
    ['another scheme', 'ftp://localhost/a'],
    ['a URL that cannot be parsed', 'http://'],
    ['a negation', '!/blog'],
    ['a negated glob', '!/blog/*'],
    ['only a query', '?a=b'],
    ['only a fragment', '#a'],
    ['a glob with an empty part', '/a//*'],
    ['a glob with a dot part', '/a/./*'],
    ['a glob with a double dot part', '/a/../*'],
    ['a glob that ends in a dot part', '/*/..'],
    ['a glob with a backslash', '/a\\*'],
    ['a glob with an escape', '/caf%C3%A9/*'],
    ['a glob with a lone surrogate', '/\ud800*'],
    ['an open class', '/[a'],
    ['an empty class', '/[]'],
    ['a class that a question mark cuts off', '/a[?]b'],
    ['an open brace', '/{a,b'],
    ['an open brace within braces', '/{a,{b}'],
    ['too long a glob', `/${'*a'.repeat(40_000)}`],
    // These would name no page, although their author means some.
    ['a range of numbers', '/page/{1..10}'],
    ['a range of letters', '/page/{a..c}'],
    ['a range among other things', '/page/{1..3,x}'],
    ['a range within braces', '/page/{x,{1..3}}'],
    ['braces around one thing', '/posts/{id}'],
    ['empty braces', '/posts/{}'],
    ['braces around one thing within others', '/{a,{b}}'],
    ['a class with an astral character', '/[😀]'],
  ])('%s', (_, target) => {
    const error = errorOf(() => parseTarget(target));
    expect(error).toMatchObject({ code: 'ERR_BAD_TARGET', fields: { target: expect.any(String) } });
    expect(error.message).toMatch(/^Bad target ".*": ./s);
  });

  test('named in the message, with what is wrong and what to write instead', () => {
    expect(errorOf(() => parseTarget('blog')).message).toBe(
      `Bad target "blog": it must start with '/', as in "/blog"`,
    );
    expect(errorOf(() => parseTarget('tag author:7')).message).toBe(
      `Bad target "tag author:7": it must start with '/'; name a tag as { tag: 'author:7' }, and on the command line with --tag author:7`,
    );
    expect(errorOf(() => parseTarget('!/a')).message).toBe(
      `Bad target "!/a": a glob cannot be negated; list the globs to delete, without a leading '!'`,
    );
  });

  test('explained by what its parser threw', () => {
    expect(errorOf(() => parseTarget('/[a')).cause).toBeInstanceOf(Error);
  });
});

describe('a string is a glob', () => {
  test.each(['/*', '/posts/**', '/[ab]', '/{a,b}', '/a*?page=2'])('%s', (written) => {
    expect(parseTarget(written)).toEqual({ kind: 'glob', value: written.replace(/\?.*/, '') });
  });

  test.each(['/a(b)', '/a+', '/!a', '/@(a)', '/+(a)', '/a$', '/~a'])('but not %s', (written) => {
    expect(parseTarget(written).kind).toBe('path');
  });
});
