import { describe, expect, test } from 'vitest';
import { extractLinks, pagePathsOf } from '../../../src/publish/warm/links.js';

const page = new URL('http://localhost/blog/post');
const found = (html: string) =>
  extractLinks(html, page).map(({ kind, url }) => `${kind} ${url.href.replace('http://localhost', '')}`);

describe('a link is', () => {
  test.each<[string, string, readonly string[]]>([
    ['an anchor, relative to its page', '<a href="next">', ['page /blog/next']],
    ['an anchor with entities', '<a href="/a?b=1&amp;c=2&#x26;d">', ['page /a?b=1&c=2&d']],
    ['an unquoted one in capitals', '<A HREF=/a>', ['page /a']],
    ['one with spaces around it', '<a href=" \n/a ">', ['page /a']],
    ['an area and a frame', '<area href="/a"><iframe src="/b">', ['page /a', 'page /b']],
    [
      'relative to <base>, even one that comes later',
      '<a href="a"><base href="/x/"><base href="/y/">',
      ['page /x/a'],
    ],
    ['of another host', '<a href="//other.example/a">', ['page http://other.example/a']],
    [
      'an image with candidates',
      '<img src="a.png" srcset="/a,1.png 1x, /b.png 2x,/c.png">',
      ['asset /blog/a.png', 'asset /a,1.png', 'asset /b.png', 'asset /c.png'],
    ],
    [
      'a style sheet, an icon, a script',
      '<link rel=stylesheet href=/a.css><link rel="shortcut icon" href=/i.svg><script src=/a.js></script>',
      ['asset /a.css', 'asset /i.svg', 'asset /a.js'],
    ],
    [
      'a canonical or next page, a feed',
      '<link rel=canonical href=/a><link rel=next href=/b><link rel=alternate href=/feed.xml>',
      ['page /a', 'page /b', 'page /feed.xml'],
    ],
    [
      'an alternate style sheet, which is no page',
      '<link rel="alternate stylesheet" href="/a.css">',
      ['asset /a.css'],
    ],
    [
      'a refresh',
      `<meta http-equiv="Refresh" content="5; URL='/a'"><meta http-equiv=refresh content=5>`,
      ['page /a'],
    ],
    ['where a form goes', '<form action="/a"><button formaction="/b">', ['form /a', 'form /b']],
    [
      'media',
      '<video src=/v poster=/p><source src=/s><object data=/o>',
      ['asset /v', 'asset /p', 'asset /s', 'asset /o'],
    ],
    ['the page, if it is empty', '<a href="">top</a><area href=" ">', ['page /blog/post', 'page /blog/post']],
    ['its base, if it is empty', '<base href="/x/"><a href="">x</a>', ['page /x/']],
    ['in inline SVG', '<svg><use href="/icons.svg#a"/></svg>', ['asset /icons.svg#a']],
  ])('%s', (_name, html, expected) => {
    expect(found(html)).toEqual(expected);
  });

  test.each([
    ['of a script', '<a href="javascript:go()">'],
    [
      'of mail, telephone, data',
      '<a href="mailto:a@b.c"></a><a href="tel:1"></a><img src="data:image/gif;base64,x">',
    ],
    ['in a comment', '<!-- <a href="/a"> -->'],
    ['in the text of a script or a style', `<script>'<a href="/a">'</script><style><a href="/a"></style>`],
    ['in a textarea or a title', '<textarea><a href="/a"></textarea><title><a href="/a"></title>'],
    ['that no URL can be read from', '<a href="http://[">'],
    ['to a server only', '<link rel=preconnect href="//fonts.example">'],
    ['without a target', '<a name="x">'],
    [
      'of what loads nothing if it is empty',
      '<base href="/x/"><img src=""><link rel=next href=""><iframe src=""></iframe><form action=""></form><script src="">',
    ],
  ])('none %s', (_name, html) => {
    expect(found(html)).toEqual([]);
  });
});

test('an element that is called as a member of every object is an element like others', () => {
  const html = '<constructor href="/x"><__proto__ src="/y"><a href="/z">';
  expect(extractLinks(html, new URL('http://site.example/')).map(({ written }) => written)).toEqual(['/z']);
});

test('a link tells its element, its attribute, what was written and where', () => {
  const html = 'é <p><a class="x" href="/a?b&amp;c">';
  expect(extractLinks(html, page)).toMatchObject([
    { element: 'a', attribute: 'href', written: '/a?b&c', position: html.indexOf('<a') },
  ]);
});

test('the pages of the same site are given once, without fragments', () => {
  const html =
    '<a href="/a#1"><a href="/a#2"><a href="/b?c"><a href="//other/d"><img src="/e.png"><a href="#top">';
  expect(pagePathsOf(extractLinks(html, page), page)).toEqual(['/a', '/b?c', '/blog/post']);
});
