import { expect, test } from 'vitest';
import { RecentEvents } from '../../src/metrics/recent.js';

const render = (path: string, milliseconds = 1) => {
  return { host: '', path, renders: 1, milliseconds, slowest: milliseconds };
};
const deletion = (pages: number, named: readonly string[] = [`/${pages}`]) => {
  return { cause: 'path', named, pages, at: pages };
};

test('renders of a page are added up, and the slowest is remembered', () => {
  const recent = new RecentEvents();
  for (const milliseconds of [5, 20, 10]) recent.rendered(render('/a', milliseconds));
  expect(recent.drain()?.renders).toEqual([{ ...render('/a'), renders: 3, milliseconds: 35, slowest: 20 }]);
  expect(recent.drain()).toBeUndefined();
});

test('of many pages, further ones are counted without their names', () => {
  const recent = new RecentEvents();
  for (let page = 0; page < 6_000; page += 1) recent.rendered(render(`/${page}`));
  recent.rendered(render('/0'));
  const { renders = [] } = recent.drain() ?? {};
  expect(renders).toHaveLength(5_001);
  expect(renders.find(({ path }) => path === '')?.renders).toBe(1_000);
  expect(renders.find(({ path }) => path === '/0')?.renders).toBe(2);
});

test('of many deletions, the largest are remembered, in the order in which they came', () => {
  const recent = new RecentEvents();
  for (let pages = 1; pages <= 1_000; pages += 1) recent.deleted(deletion(1_001 - pages));
  const { deletions = [] } = recent.drain() ?? {};
  expect(deletions.length).toBeLessThanOrEqual(200);
  expect(deletions.some(({ pages }) => pages === 1_000)).toBe(true);
});

test('what leaves by itself, a few at a time, is one deletion', () => {
  const recent = new RecentEvents();
  for (const pages of [1, 2, 3]) recent.deleted({ ...deletion(pages, []), cause: 'expiry' });
  recent.deleted(deletion(4));
  recent.deleted(deletion(5));
  expect(recent.drain()?.deletions.map(({ pages }) => pages)).toEqual([6, 4, 5]);
});

test('what could not be noted is there the next time, with what came since', () => {
  const recent = new RecentEvents();
  recent.missed();
  recent.rendered(render('/a'));
  recent.deleted(deletion(1));
  const drained = recent.drain();
  recent.missed();
  recent.rendered(render('/a'));
  if (drained !== undefined) recent.giveBack(drained);
  expect(recent.drain()).toEqual({
    misses: 2,
    renders: [{ ...render('/a'), renders: 2, milliseconds: 2 }],
    deletions: [deletion(1)],
  });
});
