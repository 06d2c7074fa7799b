import { Parser } from 'htmlparser2';
import { expect, test } from 'vitest';
import { escapeHtml, redirectPage, redirectTarget } from '../../../src/export/files/redirect-page.js';

/** Returns the elements and texts that a browser would find. */
function readPage(html: string) {
  const elements: string[] = [];
  const targets: (string | undefined)[] = [];
  let text = '';
  const parser = new Parser({
    onopentag: (name, { href, content }) => {
      elements.push(name);
      if (href !== undefined) targets.push(href);
      if (content?.startsWith('0; url=') === true) targets.push(content.slice('0; url='.length));
    },
    ontext: (part) => {
      text += part;
    },
  });
  parser.end(html);
  return { elements, targets, text };
}

const usual = readPage(redirectPage('/new').toString());

test('a page leads on by its head, by a link and by a canonical address', () => {
  expect(usual.elements).toEqual(['html', 'head', 'meta', 'title', 'meta', 'link', 'meta', 'body', 'p', 'a']);
  expect(usual.targets).toEqual(['/new', '/new', '/new']);
  expect(usual.text).toContain('This page has moved to /new.');
});

test.each([
  '/a?b=1&c=2',
  '/"><script>alert(1)</script>',
  "/' onload='x",
  '/&quot;&lt;b&gt;',
  '/?a=%22%3E',
  '/é',
])('%s is what it leads to, and nothing else is in the page', (target) => {
  const { elements, targets, text } = readPage(redirectPage(target).toString());
  expect([elements, targets]).toEqual([usual.elements, [target, target, target]]);
  expect(text).toContain(`This page has moved to ${target}.`);
});

test('each character with a meaning is escaped', () => {
  expect(escapeHtml(`<a href="x" title='y'>&`)).toBe('&#60;a href=&#34;x&#34; title=&#39;y&#39;&#62;&#38;');
});

test.each([
  ['/new', 'http://site.example/new'],
  ['new?a#b', 'http://site.example/old/new?a#b'],
  ['//other.example/x', 'http://other.example/x'],
  ['https://other.example', 'https://other.example/'],
])('%s leads to %s', (location, target) => {
  expect(redirectTarget(location, new URL('http://site.example/old/page'))?.href).toBe(target);
});

test.each(['javascript:alert(1)', 'data:text/html,x', 'mailto:a@b.example', 'http://', 'file:///etc/passwd'])(
  '%s is no place on the web',
  (location) => {
    expect(redirectTarget(location, new URL('http://site.example/'))).toBeUndefined();
  },
);
