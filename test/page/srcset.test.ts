import { expect, test } from 'vitest';
import { urlsOfSrcset } from '../../src/page/srcset.js';

test.each([
  ['', []],
  [' , ', []],
  ['a', ['a']],
  ['a.png 1x, b.png 2x', ['a.png', 'b.png']],
  ['a.png 1x,b.png 2x', ['a.png', 'b.png']],
  ['a.png,b.png', ['a.png,b.png']],
  ['a.png, b.png,', ['a.png', 'b.png']],
  ['a.png\t1x\n,\fb.png', ['a.png', 'b.png']],
  ['a,1.png 1x', ['a,1.png']],
  ['a.png 1x (x, b.png) 2x, c.png', ['a.png', 'c.png']],
  ['a.png (x, b.png', ['a.png']],
  ['data:image/png;base64,AAAA 1x, b.png', ['data:image/png;base64,AAAA', 'b.png']],
])('srcset=%j has the URLs %j', (text, urls) => {
  expect(urlsOfSrcset(text).map(({ start, end }) => text.slice(start, end))).toEqual(urls);
});
