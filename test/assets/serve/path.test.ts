import { describe, expect, test } from 'vitest';
import { assetTargetOf } from '../../../src/assets/serve/path.js';

const URL_PATH = '/static/';

test.each([
  ['/static/css/site.css', 'css/site.css', ''],
  ['/static/css/site.css?v=1?2', 'css/site.css', '?v=1?2'],
  ['/static/caf%C3%A9.css', 'café.css', ''],
  ['/static/caf%c3%a9.css', 'café.css', ''],
  ['/static/a%20b.css', 'a b.css', ''],
  ['/static/100%25.css', '100%.css', ''],
  ['/static/%5Bid%5D.js', '[id].js', ''],
  ['/static/a+b@2x.png', 'a+b@2x.png', ''],
  ['/static/a..b', 'a..b', ''],
  ['/static/docs/', 'docs/', ''],
  ['/static/', '', ''],
  ['/static/?x', '', '?x'],
  ['/static/C:/Windows/System.ini', 'C:/Windows/System.ini', ''],
])('%s asks for %j', (target, path, query) => {
  expect(assetTargetOf(target, URL_PATH)).toEqual({ path, query });
});

describe('nothing is asked for by', () => {
  test.each([
    ['another path', '/statics/site.css'],
    ['the prefix without its slash', '/static'],
    ['the prefix in other letters', '/Static/site.css'],
    ['the prefix behind an escape', '/%73tatic/site.css'],
    ['the absolute form', 'http://localhost/static/site.css'],
    ['a parent', '/static/../secret'],
    ['a parent further down', '/static/css/../../secret'],
    ['an escaped parent', '/static/%2e%2e/secret'],
    ['a half escaped parent', '/static/.%2E/secret'],
    ['a parent escaped twice, which is a name', '/static/..%252fsecret'],
    ['an escaped slash', '/static/css%2Fsite.css'],
    ['an escaped slash in other letters', '/static/css%2fsite.css'],
    ['a backslash', '/static/css\\site.css'],
    ['an escaped backslash', '/static/css%5Csite.css'],
    ['NUL', '/static/site.css%00.png'],
    ['a line break', '/static/site%0A.css'],
    ['a hidden file', '/static/.env'],
    ['a hidden folder', '/static/.git/config'],
    ['a hidden file behind an escape', '/static/%2Eenv'],
    ['an empty segment', '/static/css//site.css'],
    ['a leading slash', '/static//etc/passwd'],
    ['two slashes at the end', '/static/docs//'],
    ['a dot', '/static/./site.css'],
    ['a broken escape', '/static/%zz'],
    ['half an escape', '/static/a%2'],
    ['bytes that are no UTF-8', '/static/%FF'],
    ['overlong UTF-8', '/static/%C0%AE%C0%AE/secret'],
    ['a surrogate', '/static/%ED%A0%80'],
    ['a fragment', '/static/site.css#x'],
    ['a name longer than a name can be', `/static/${'x'.repeat(256)}`],
  ])('%s', (_, target) => {
    expect(assetTargetOf(target, URL_PATH)).toBeUndefined();
  });
});
