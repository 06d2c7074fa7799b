import { randomBytes } from 'node:crypto';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
} from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  decode,
  isStoredCoding,
  makeCodings,
  makeCodingsSync,
  storedCodings,
} from '../../src/files/compress.js';

const HTML = 'text/html; charset=utf-8';
const page = Buffer.from('<p>Grüße aus dem Wald</p>\n'.repeat(100));

/** Returns a body that gzip and brotli compress to the same size, in every release of both. */
function equallySmall(): Buffer {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
  for (let count = 400; count < 5_000; count += 1) {
    const numbers = Array.from({ length: count }, (_, index) => (index * 7919) % (10 + (count % 991)));
    const body = Buffer.from(numbers.join(' '));
    if (brotliCompressSync(body, { params }).length === gzipSync(body, { level: 6 }).length) return body;
  }
  throw new Error('Expected a body that gzip and brotli make equally small, found none');
}

const makers: [string, typeof makeCodings][] = [
  ['beside the event loop', makeCodings],
  ['in one go', async (body, type) => makeCodingsSync(body, type)],
];

describe.each(makers)('the codings of a page, made %s,', (_how, make) => {
  test('are brotli and gzip of its bytes', async () => {
    const codings = await make(page, HTML);
    expect([...codings.keys()]).toEqual(['br', 'gzip']);
    expect(brotliDecompressSync(codings.get('br') ?? '')).toEqual(page);
    expect(gunzipSync(codings.get('gzip') ?? '')).toEqual(page);
  });

  test('are the same for the same bytes', async () => {
    expect(await make(page, HTML)).toEqual(await make(Buffer.from(page), HTML));
  });

  test('are made from 1,024 bytes on', async () => {
    expect((await make(Buffer.alloc(1023, 'a'), HTML)).size).toBe(0);
    expect((await make(Buffer.alloc(1024, 'a'), HTML)).size).toBe(2);
    expect((await make(Buffer.alloc(0), HTML)).size).toBe(0);
  });

  test('are not kept where they save next to nothing', async () => {
    expect((await make(randomBytes(4096), HTML)).size).toBe(0);
    // Compression saves 4 % of it, which is too little, or 8 %, which is enough.
    const withSavings = (share: number) => {
      const repeated = Math.round(20_000 * share);
      return Buffer.concat([randomBytes(20_000 - repeated), Buffer.alloc(repeated, 'a')]);
    };
    expect((await make(withSavings(0.04), HTML)).size).toBe(0);
    expect((await make(withSavings(0.08), HTML)).size).toBe(2);
  });

  test('are gzip alone where brotli is no smaller, so that no two have the length and with it the ETag in common', async () => {
    expect([...(await make(equallySmall(), HTML)).keys()]).toEqual(['gzip']);
  });

  test.each([
    HTML,
    'text/plain',
    'TEXT/CSS',
    'application/json; charset=utf-8',
    'application/xml',
    'application/javascript',
    'application/manifest+json',
    'application/rss+xml; charset=utf-8',
    'application/ld+json',
    'image/svg+xml',
  ])('are made of %s', async (type) => {
    expect((await make(page, type)).size).toBe(2);
  });

  test.each([
    'image/png',
    'image/jpeg',
    'application/pdf',
    'application/octet-stream',
    'font/woff2',
    'application/zip',
    'x-text/html',
    '',
  ])('are not made of %j', async (type) => {
    expect((await make(page, type)).size).toBe(0);
  });
});

describe('a content coding is undone', () => {
  test.each([
    ['gzip', gzipSync(page)],
    ['x-gzip', gzipSync(page)],
    ['deflate', deflateSync(page)],
    ['br', brotliCompressSync(page)],
  ] as const)('%s', async (coding, coded) => {
    expect(await decode(coded, coding, page.length)).toEqual(page);
  });

  test.each([
    ['gzip', gzipSync(page)],
    ['deflate', deflateSync(page)],
    ['br', brotliCompressSync(page)],
  ] as const)('%s, but not if it is broken, cut short, empty or too long', async (coding, coded) => {
    await expect(decode(page, coding, 1e6)).rejects.toMatchObject({ code: expect.any(String) });
    await expect(decode(coded.subarray(0, -1), coding, 1e6)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
    await expect(decode(Buffer.alloc(0), coding, 1e6)).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
    await expect(decode(coded, coding, page.length - 1)).rejects.toMatchObject({
      code: 'ERR_BUFFER_TOO_LARGE',
    });
  });

  test('not if its bytes have been changed', async () => {
    const coded = gzipSync(page);
    coded.writeUInt32LE(0, coded.length - 8);
    await expect(decode(coded, 'gzip', 1e6)).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
  });

  test('not if it is a deflate without its zlib header', async () => {
    await expect(decode(deflateRawSync(page), 'deflate', 1e6)).rejects.toMatchObject({
      code: 'Z_DATA_ERROR',
    });
  });

  test('within its limit, however much a small body would swell to', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await expect(decode(bomb, 'gzip', 1_000_000)).rejects.toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
  });
});

describe('the coding of a stored file', () => {
  test.each(Object.keys(storedCodings))('may be %s', (coding) => {
    expect(isStoredCoding(coding)).toBe(true);
  });

  test.each(['', 'identity', 'deflate', 'GZIP', '.gz', 'toString', 'constructor', '__proto__'])(
    'may not be %j',
    (coding) => {
      expect(isStoredCoding(coding)).toBe(false);
    },
  );
});
