import { describe, expect, test } from 'vitest';
import { isTypeOfName } from '../../../src/deploy/content-types.js';
import { checkContentType } from '../../../src/export/files/content-types.js';

describe('a host that goes by names', () => {
  test.each([
    ['index.html', 'text/html; charset=utf-8'],
    ['a/index.html', 'text/html'],
    ['A.HTML', 'text/html'],
    ['a.htm', 'text/html'],
    ['a.xhtml', 'application/xhtml+xml'],
    ['feed.xml', 'application/rss+xml; charset=utf-8'],
    ['feed.xml', 'text/xml'],
    ['feed.rss', 'application/xml'],
    ['feed.atom', 'application/atom+xml'],
    ['a.json', 'application/json'],
    ['a.json', 'application/ld+json'],
    ['a.webmanifest', 'application/json'],
    ['a.js', 'application/javascript'],
    ['a.mjs', 'text/javascript'],
    ['a.css', 'text/css; charset=UTF-8'],
    ['a.svg', 'image/svg+xml'],
    ['a.jpg', 'image/webp'],
    ['a.ico', 'image/vnd.microsoft.icon'],
    ['a.woff2', 'application/font-woff2'],
    ['a.ttf', 'application/octet-stream'],
    ['a.mp4', 'video/mp4'],
    ['a.pdf', 'application/pdf'],
    ['a.zip', 'application/x-zip-compressed'],
    ['a.txt', 'text/plain; charset=us-ascii'],
    ['notes.md', 'text/plain'],
    ['LICENSE', 'application/octet-stream'],
    ['a.bin', 'application/octet-stream'],
  ])('sends %s as %s, or as what means the same', (file, type) => {
    expect(isTypeOfName(file, type)).toBe(true);
    expect(checkContentType(file, type, 'names')).toBe(file);
  });

  test.each([
    ['node.js', 'text/html; charset=utf-8'],
    ['data.json', 'text/html'],
    ['readme.md', 'text/html'],
    ['main.css', 'text/html'],
    ['a.xhtml', 'text/html'],
    ['index.html', 'application/xhtml+xml'],
    ['index.html', 'application/rss+xml'],
    ['index.html', 'application/json'],
    ['index.html', 'text/plain'],
    ['index.html', 'application/octet-stream'],
    ['a.html', 'image/svg+xml'],
    ['a.svg', 'application/xml'],
    ['a.xml', 'image/svg+xml'],
    ['a.png', 'image/svg+xml'],
    ['a.png', 'text/html'],
    ['a.css', 'application/octet-stream'],
    ['a.js', 'application/octet-stream'],
    ['a.txt', 'text/csv'],
    ['a.ts', 'text/plain'],
    ['api/posts', 'application/json'],
    ['avatar', 'image/png'],
    ['v1.2', 'text/plain'],
    ['index.html', 'text/html; charset=iso-8859-1'],
    ['a.txt', 'text/plain; charset="windows-1252"'],
    ['a.xml', 'application/xml;charset=UTF-16'],
  ])('does not send %s as %s', (file, type) => {
    expect(isTypeOfName(file, type)).toBe(false);
    expect(() => checkContentType(file, type, 'names')).toThrow(`would send ${file} as `);
    expect(checkContentType(file, type, 'manifest')).toBe(file);
  });

  test.each([
    ['rss/index.html', 'application/rss+xml', 'Give it a URL that ends in .rss.'],
    ['api/posts', 'application/json', 'Give it a URL that ends in .json.'],
    ['index.html', 'text/html; charset=iso-8859-1', 'Send it in UTF-8.'],
    ['a.css', 'application/octet-stream', 'Send the type that its name implies.'],
  ])('is a failure for %s as %s, with what to do', (file, type, remedy) => {
    expect(() => checkContentType(file, type, 'names')).toThrow(
      `but the app sends ${type}. ${remedy} Or exclude it. Or set \`contentTypes: 'manifest'\``,
    );
  });
});
