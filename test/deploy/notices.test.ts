import { expect, test } from 'vitest';
import { noticesFor } from '../../src/deploy/notices.js';
import type { SourceFile } from '../../src/deploy/source.js';

function file(key: string, contentType: string): SourceFile {
  return {
    ...{ key, file: key, bytes: 1, compress: false, fingerprint: '' },
    headers: { contentType, cacheControl: 'no-cache' },
  };
}

test.each([
  ['a name that tells its type', false, [file('a.html', 'text/html')], []],
  [
    'a name that tells another',
    false,
    [file('api/posts', 'application/json')],
    ['than the app for api/posts;'],
  ],
  [
    'many names',
    false,
    ['a', 'b', 'c', 'd', 'e'].map((key) => file(key, 'text/html')),
    ['than the app for a, b, c, 2 more;'],
  ],
  ['a type that is kept', true, [file('api/posts', 'application/json')], []],
  ['a plus sign in a folder', false, [file('a+b.html', 'text/html')], []],
  ['a plus sign in S3', true, [file('a+b.html', 'text/html')], ['link to a+b.html with %2B']],
])('%s', (_name, keepsTypes, files, expected) => {
  const notices = noticesFor({ keepsTypes }, files);
  expect(notices).toEqual(expected.map((part) => expect.stringContaining(part)));
});
