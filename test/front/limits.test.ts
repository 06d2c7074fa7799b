import { maxHeaderSize } from 'node:http';
import { expect, test } from 'vitest';
import { described } from './setup/description.js';

const KILOBYTE = 1_024;

test('heads may be as long as Node takes them, with room for what it does not count', () => {
  const { requestHeadBytes, answerHeadBytes } = described().limits;
  expect([requestHeadBytes, answerHeadBytes]).toEqual([2 * maxHeaderSize, 2 * maxHeaderSize]);
});

test.each([
  [1_024, 4 * KILOBYTE],
  [20_000, 40 * KILOBYTE],
  [65_536, 128 * KILOBYTE],
])('an app that takes %d bytes gets heads of %d', (maxHeaderBytes, bytes) => {
  const { requestHeadBytes, answerHeadBytes } = described({}, { maxHeaderBytes }).limits;
  expect([requestHeadBytes, answerHeadBytes]).toEqual([bytes, bytes]);
});

test('the app decides how long a body may be, unless the options say it', () => {
  expect(described().limits.requestBodyBytes).toBeUndefined();
  expect(described({}, { maxBodyBytes: 7 }).limits.requestBodyBytes).toBe(7);
});

test('nobody waits longer for a client than Node, nor shorter for the app', () => {
  const NODE_REQUEST_SECONDS = 300;
  const { requestPauseSeconds, idleSeconds } = described().limits;
  expect(requestPauseSeconds).toBe(NODE_REQUEST_SECONDS);
  expect(idleSeconds).toBeGreaterThanOrEqual(12 * 3_600);
});
