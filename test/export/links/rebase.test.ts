import { expect, test } from 'vitest';
import { withBase } from '../../../src/export/files/layout.js';
import { rebase } from '../../../src/export/links/rebase.js';

const html = (text: string) => rebase(Buffer.from(text), 'text/html; charset=utf-8', '/blog').toString();
const css = (text: string) => rebase(Buffer.from(text), 'text/css', '/blog').toString();

test.each([
  ['<a href="/a">/text</a>', '<a href="/blog/a">/text</a>'],
  ["<a href='/a'>", "<a href='/blog/a'>"],
  ['<a href=/a>', '<a href=/blog/a>'],
  ['<a href = "/">', '<a href = "/blog/">'],
  ['<A HREF=" /a ">', '<A HREF="/blog/a">'],
  ['<img src=/a/>', '<img src=/blog/a/>'],
  ['<form action="/s?q=1&r=2">', '<form action="/blog/s?q=1&r=2">'],
  ['<use xlink:href="/i.svg#a">', '<use xlink:href="/blog/i.svg#a">'],
  [
    '<meta http-equiv=Refresh content="5; URL=\'/n\'">',
    '<meta http-equiv=Refresh content="5; URL=\'/blog/n\'">',
  ],
  ['<style>p{background:url("/p.png")}</style>/p', '<style>p{background:url("/blog/p.png")}</style>/p'],
])('%s gets the base', (written, rebased) => {
  expect(html(written)).toBe(rebased);
});

test.each([
  '<a href="/blog">',
  '<a href="/blog/a">',
  '<a href="/blog?a&amp;b">',
  '<a href="/blog#a">',
  '<a href="//other.example/">',
  '<a href="/\\other.example/">',
  '<a href="https://other.example/a">',
  '<a href="a/b">',
  '<a href="">',
  '<a href>',
  '<p title="/t" data-src="/x">/text</p>',
  '<meta name=description content="url=/n">',
  '<script>"/s.js"; "<a href=\'/x\'>"</script>',
  '<!-- <a href="/a"> -->',
])('%s stays as it is', (written) => {
  expect(html(written)).toBe(written);
});

test('/blogs is not under /blog', () => {
  expect(html('<a href="/blogs">')).toBe('<a href="/blog/blogs">');
});

test.each([
  ['a.png 1x,/b.png 2x', 'a.png 1x,/blog/b.png 2x'],
  ['/a.png,/b.png', '/blog/a.png,/b.png'],
  ['/a.png, /b.png', '/blog/a.png, /blog/b.png'],
  ['/a.png 1x , /b.png 2x', '/blog/a.png 1x , /blog/b.png 2x'],
  ['/a,b.png 100w,\n\t/c.png 200w', '/blog/a,b.png 100w,\n\t/blog/c.png 200w'],
  [', ,/a.png 1x', ', ,/blog/a.png 1x'],
  ['/a.png 1x (x,/b.png) 2x, /c.png', '/blog/a.png 1x (x,/b.png) 2x, /blog/c.png'],
  ['data:image/png;base64,/AAAA 1x, /b.png', 'data:image/png;base64,/AAAA 1x, /blog/b.png'],
  ['//c.example/k.png 1x,/blog/l.png 2x', '//c.example/k.png 1x,/blog/l.png 2x'],
])('srcset="%s" is read as browsers read it', (written, rebased) => {
  expect(html(`<img srcset="${written}">`)).toBe(`<img srcset="${rebased}">`);
  expect(html(`<link imagesrcset="${written}">`)).toBe(`<link imagesrcset="${rebased}">`);
});

test.each([
  ['<p style="background:url(&quot;/x.png&quot;)">', '<p style="background:url(&#34;/blog/x.png&#34;)">'],
  [`<p style='background:url("/x.png")'>`, `<p style='background:url("/blog/x.png")'>`],
  ['<a href="&#x2F;a">', '<a href="/blog/a">'],
  ['<a href=&#47;a>', '<a href="/blog/a">'],
  ['<a href="/a?b=1&amp;copy=2">', '<a href="/blog/a?b=1&#38;copy=2">'],
  ["<a href='/a&quot;b&apos;'>", '<a href="/blog/a&#34;b&#39;">'],
  ['<a href="/a&amp;quot;">', '<a href="/blog/a&#38;quot;">'],
  ['<a href="/&Omega;&eacute;&#x1F600;">', '<a href="/blog/&#937;é&#128512;">'],
  ['<a href="&sol;&sol;other.example/">', '<a href="&sol;&sol;other.example/">'],
])('%s is changed by what its entities mean', (written, rebased) => {
  expect(html(written)).toBe(rebased);
});

test('a base with a quote and an ampersand does not end the attribute', () => {
  const rebased = rebase(Buffer.from(`<a href='/x'>`), 'text/html', `/a'&amp`).toString();
  expect(rebased).toBe('<a href="/a&#39;&#38;amp/x">');
});

test.each([
  ["@import '/a.css';", "@import '/blog/a.css';"],
  ['i{background:url(/b.png)}', 'i{background:url(/blog/b.png)}'],
  ['i{background:image-set("/b.png" 1x)}', 'i{background:image-set("/blog/b.png" 1x)}'],
  ['@namespace s "/ns";/* url(/c.png) */', '@namespace s "/ns";/* url(/c.png) */'],
  ['i{background:URL( "/b.png" )}', 'i{background:URL( "/blog/b.png" )}'],
  ['i{background:url(//c.example/b.png),url(b.png)}', 'i{background:url(//c.example/b.png),url(b.png)}'],
])('of a style sheet, %s', (written, rebased) => {
  expect(css(written)).toBe(rebased);
});

test('bytes that are no UTF-8 pass as they are', () => {
  const body = Buffer.from('<a href="/caf\xe9">caf\xe9</a>', 'latin1');
  const rebased = rebase(body, 'text/html; charset=iso-8859-1', '/blog');
  expect(rebased).toEqual(Buffer.from('<a href="/blog/caf\xe9">caf\xe9</a>', 'latin1'));
});

test('other types, and an export without a base, keep every byte', () => {
  const body = Buffer.from('<a href="/a">');
  expect(rebase(body, 'application/json', '/blog')).toBe(body);
  expect(rebase(body, 'text/html', '')).toBe(body);
  expect(withBase('/a', '')).toBe('/a');
});
