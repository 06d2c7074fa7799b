import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { contentHash, entityTag, modifiedSecondsOf } from '../../src/store/content-hash.js';

describe('the hash of a page', () => {
  test('is SHA-256 in base64url', () => {
    // The example of FIPS 180-2, B.1.
    const expected = Buffer.from('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'hex');
    expect(contentHash(Buffer.from('abc'))).toBe(expected.toString('base64url'));
    expect(contentHash(new Uint8Array())).toBe(createHash('sha256').digest('base64url'));
  });
});

describe('the mtime of a page', () => {
  test('is made of the first 31 bits of its hash', () => {
    expect(modifiedSecondsOf(contentHash(Buffer.from('abc')))).toBe(0xba7816bf >>> 1);
    expect(modifiedSecondsOf(Buffer.alloc(32, 0xff).toString('base64url'))).toBe(0x7fffffff);
    expect(modifiedSecondsOf(Buffer.alloc(32).toString('base64url'))).toBe(0);
  });

  test('is the same for the same bytes only', () => {
    const bodies = Array.from({ length: 200 }, () => randomBytes(16));
    const times = bodies.map((body) => modifiedSecondsOf(contentHash(body)));
    expect(times).toEqual(bodies.map((body) => modifiedSecondsOf(contentHash(Buffer.from(body)))));
    expect(new Set(times).size).toBe(200);
  });
});

describe('the entity tag', () => {
  test.each([
    [0, 0, '"0-0"'],
    [0x7fffffff, 255, '"7fffffff-ff"'],
    [1_700_000_000, 12_345, '"6553f100-3039"'],
  ])('of mtime %i and size %i is as nginx writes it', (modified, size, tag) => {
    expect(entityTag(modified, size)).toBe(tag);
  });
});
