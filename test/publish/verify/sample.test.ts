import { expect, test } from 'vitest';
import { samplePages } from '../../../src/publish/verify/sample.js';

const pages = Array.from({ length: 1000 }, (_value, index) => ({ host: '', path: `/${index}` }));
const pathsOf = (sample: readonly { readonly path: string }[]) => sample.map(({ path }) => path).sort();

test('the same seed takes the same pages, in whatever order they come', () => {
  const taken = samplePages(pages, { count: 10, seed: 'a' });
  expect(new Set(pathsOf(taken)).size).toBe(10);
  expect(pathsOf(samplePages(pages.toReversed(), { count: 10, seed: 'a' }))).toEqual(pathsOf(taken));
  expect(pathsOf(samplePages(pages, { count: 10, seed: 'b' }))).not.toEqual(pathsOf(taken));
});

test('pages that come or go leave the others in the sample', () => {
  const taken = pathsOf(samplePages(pages, { count: 10, seed: 'a' }));
  const rest = pages.filter(({ path }) => path !== taken[0]);
  expect(pathsOf(samplePages(rest, { count: 10, seed: 'a' }))).toEqual(
    expect.arrayContaining(taken.slice(1)),
  );
});

test('no more are taken than there are, and one of each host', () => {
  const few = [
    { host: 'a.example', path: '/' },
    { host: 'b.example', path: '/' },
  ];
  expect(samplePages(few, { count: 10, seed: 'a' })).toHaveLength(2);
  expect(samplePages([], { count: 10, seed: 'a' })).toEqual([]);
});
