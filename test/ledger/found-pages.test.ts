import { expect, test } from 'vitest';
import { FoundPages } from '../../src/ledger/found-pages.js';
import type { FoundPage } from '../../src/ledger/ledger.js';

const page = (file: string): FoundPage => ({
  ...{ file, codings: [], headers: undefined, storedAt: 0, expiresAt: undefined },
});

function counted() {
  const pages = new FoundPages();
  let finds = 0;
  const get = (key: string, version: number, found: FoundPage | undefined) =>
    pages.get(key, version, () => {
      finds += 1;
      return found;
    });
  return { pages, get, finds: () => finds };
}

test('a page is looked for once while nothing is committed', () => {
  const { get, finds } = counted();
  for (let times = 0; times < 3; times += 1) expect(get('/a', 1, page('a.html'))?.file).toBe('a.html');
  expect(finds()).toBe(1);
});

test('a page that was not there is looked for again', () => {
  const { get } = counted();
  expect(get('/a', 1, undefined)).toBeUndefined();
  expect(get('/a', 1, page('a.html'))?.file).toBe('a.html');
});

test('another version, and forgetting, let everything be looked for again', () => {
  const { pages, get, finds } = counted();
  get('/a', 1, page('a.html'));
  expect(get('/a', 2, page('b.html'))?.file).toBe('b.html');
  pages.forget();
  expect(get('/a', 2, undefined)).toBeUndefined();
  expect(finds()).toBe(3);
});

test('what is remembered is bounded', () => {
  const { get, finds } = counted();
  for (let index = 0; index < 20_000; index += 1) get(`/${index}`, 1, page('a.html'));
  const before = finds();
  get('/0', 1, page('a.html'));
  expect(finds()).toBe(before + 1);
});
