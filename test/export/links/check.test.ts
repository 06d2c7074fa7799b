import { expect, test } from 'vitest';
import { deadLinksOf } from '../../../src/export/links/check.js';
import { linksOfCss } from '../../../src/export/links/styles.js';

const files = new Set([
  'index.html',
  'a/index.html',
  'b.html',
  'c.txt',
  'café/index.html',
  '100%/index.html',
]);

function deadIn(text: string, { type = 'text/html', base = '' } = {}) {
  const urls = [new URL(`http://site.example${base}/a/`)];
  const has = (file: string) => files.has(file);
  const served = { has, hosts: new Set(['site.example']), base, isOfIslands: () => false };
  return deadLinksOf({ file: 'a/index.html', urls, type, text }, served);
}

const deadTargets = (...targets: string[]) =>
  deadIn(targets.map((target) => `<a href="${target}">x</a>`).join('')).map(({ link }) => link);

test('files, indexes of folders, and names with .html are found', () => {
  expect(
    deadTargets('/', '/a', '/a/', '/b', '/b.html', '/c.txt', '/caf%C3%A9', '/café/', '/100%25', './', '../b'),
  ).toEqual([]);
});

test('what is no file leads nowhere', () => {
  const dead = ['/d', '/b/', '/c', '/c.txt/', 'b', '/%FF', '/a//'];
  expect(deadTargets(...dead)).toEqual(dead);
});

test('a slash that is escaped makes no folder of a name, for hosts do not agree on it', () => {
  expect(deadTargets('/a%2F', '/a%2findex.html', '/a%2F/', '/%2F')).toEqual([
    '/a%2F',
    '/a%2findex.html',
    '/a%2F/',
    '/%2F',
  ]);
});

test('other hosts, other schemes, forms and what lies beside the base are none of its business', () => {
  expect(deadTargets('//other.example/x', 'mailto:a@site.example', 'http://site.example:81/x')).toEqual([]);
  expect(deadIn('<form action="/x"></form>')).toEqual([]);
  expect(
    deadIn('<a href="/x">x</a><a href="/blogs">x</a><a href="/blog/x">x</a>', { base: '/blog' }),
  ).toEqual([{ file: 'a/index.html', link: '/blog/x', element: 'a' }]);
});

test('a link that is there twice is told once, and those of other elements beside it', () => {
  expect(deadIn('<a href="/x">1</a><a href="/x">2</a><img src="/x">')).toEqual([
    { file: 'a/index.html', link: '/x', element: 'a' },
    { file: 'a/index.html', link: '/x', element: 'img' },
  ]);
});

test('a style sheet is looked through for what it loads', () => {
  expect(deadIn('@import "x.css"; p{background:url(../c.txt)}', { type: 'text/css' })).toEqual([
    { file: 'a/index.html', link: 'x.css', element: 'css' },
  ]);
  expect(
    linksOfCss(`@import url('a.css'); p{b:url( "b c.png" );c:url(#d);e:url(data:image/png,x)} /* url(x) */`),
  ).toEqual(['a.css', 'b c.png']);
});
