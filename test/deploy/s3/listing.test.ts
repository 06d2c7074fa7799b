import { expect, test } from 'vitest';
import { parseListing, parseProblem } from '../../../src/deploy/s3/listing.js';

test('a page of a listing is read with its entities, and where the next page begins', () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>site</Name><Prefix></Prefix>
  <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
  <IsTruncated>true</IsTruncated>
  <Contents><Key>a&amp;b &lt;c&gt; it&#39;s &#x20AC;.html</Key><ETag>&quot;0cc1&quot;</ETag><Size>3</Size></Contents>
  <Contents>
    <Key>&amp;amp;.html</Key><Size>3</Size><ETag>"0cc2"</ETag>
  </Contents>
</ListBucketResult>`;
  expect(parseListing(xml)).toEqual({
    objects: [
      { key: "a&b <c> it's €.html", etag: '0cc1' },
      { key: '&amp;.html', etag: '0cc2' },
    ],
    continuation: '1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=',
  });
});

test('the last page names no next one', () => {
  const xml = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>';
  expect(parseListing(xml)).toEqual({ objects: [], continuation: undefined });
});

test('a problem is told by code and message, and what is none is not', () => {
  expect(parseProblem('<Error><Code>AccessDenied</Code><Message>No &amp; no</Message></Error>')).toBe(
    'AccessDenied: No & no',
  );
  expect(parseProblem('<html>502 Bad Gateway</html>')).toBeUndefined();
});
