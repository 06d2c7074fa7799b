import { expect, onTestFinished, test, vi } from 'vitest';
import { RefusedPages } from '../../../src/request/again/refused-pages.js';
import { run, siteFolder } from '../../cli/run.js';
import { type SiteOptions, startSite } from '../../helpers/site/site.js';

const AT_REST = 'staticgenerator; fwd=uri-miss; detail=refused-before';
const REFUSED = 'staticgenerator; fwd=uri-miss; detail=cache-control';

/** Starts a site whose pages must not be stored while `isPrivate` is set. */
async function refusingSite(options: SiteOptions = {}) {
  const state = { isPrivate: true, setsCookie: false };
  const site = await startSite((app) => {
    app.get(['/page', '/other'], (_request, response) => {
      if (state.isPrivate) response.set('Cache-Control', 'private');
      if (state.setsCookie) response.cookie('theme', 'dark', { httpOnly: true });
      response.send('page');
    });
  }, options);
  const ask = async (times: number, target = '/page') => {
    const statuses: unknown[] = [];
    for (let time = 0; time < times; time += 1) statuses.push((await site.request(target)).cache);
    return statuses;
  };
  return { ...site, state, ask };
}

/** Stops the clock of this process. It advances only when the returned function is called. */
function stopTime(): (milliseconds: number) => void {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  return (milliseconds) => void vi.advanceTimersByTime(milliseconds);
}

test('a page that is refused time and again is looked at with one render in eight, and stored when it can be', async () => {
  stopTime();
  const { ask, visit, state, pages } = await refusingSite();
  expect(await ask(8)).toEqual(Array(8).fill(REFUSED));
  expect(await ask(8)).toEqual([...Array(7).fill(AT_REST), REFUSED]);
  expect(await ask(2, '/other')).toEqual([REFUSED, REFUSED]);
  state.isPrivate = false;
  expect(await ask(7)).toEqual(Array(7).fill(AT_REST));
  expect((await visit('/page')).outcome).toBe('stored');
  expect(await ask(1)).toEqual(['staticgenerator; hit']);
  // The page is treated like any other again.
  state.isPrivate = true;
  await pages.quickDelete('/page');
  expect(await ask(8)).toEqual(Array(8).fill(REFUSED));
});

test('a page at rest that is stored by other means is a page like any other once it was found', async () => {
  stopTime();
  const { ask, state, pages } = await refusingSite();
  await ask(8);
  state.isPrivate = false;
  expect(await pages.quickPublish('/page')).toMatchObject({ refused: [] });
  expect(await ask(7)).toEqual(Array(7).fill(AT_REST));
  expect(await ask(9)).toEqual(Array(9).fill('staticgenerator; hit'));
});

test('what is not looked at is counted, and the page keeps the reason that it was refused for', async () => {
  stopTime();
  const { folder, webRoot } = await siteFolder({ urls: ['^/'] });
  const { ask, pages } = await refusingSite({ webRoot });
  await ask(12);
  await pages.close();
  const told = async (...words: string[]) => JSON.parse((await run([...words, '--json'], { folder })).stdout);
  expect((await told('stats')).counters).toMatchObject({
    'refused:cache-control': 8,
    'refused:refused-before': 4,
  });
  expect((await told('why', '/page')).lastRefusal).toMatchObject({ reason: 'cache-control' });
});

test('a cookie is learned from an answer that is not looked at, too', async () => {
  stopTime();
  const { ask, state, request, logger } = await refusingSite();
  await ask(8);
  state.setsCookie = true;
  expect((await request('/page')).cache).toBe(AT_REST);
  expect(logger.lines.map(({ fields }) => fields)).toContainEqual({ bypassCookies: { add: ['theme'] } });
});

test('a rest ends after a second, for one render', () => {
  const pass = stopTime();
  const pages = new RefusedPages();
  for (let time = 0; time < 8; time += 1) {
    expect(pages.isResting('/page')).toBe(false);
    pages.note('/page');
  }
  expect(pages.isResting('/page')).toBe(true);
  pass(1_000);
  expect([pages.isResting('/page'), pages.isResting('/page')]).toEqual([false, true]);
});

test('a page is known as refused for five seconds, and as any other when it has been stored', () => {
  const pass = stopTime();
  const pages = new RefusedPages();
  pages.note('/page');
  pass(4_999);
  expect(pages.isKnown('/page')).toBe(true);
  pass(1);
  expect(pages.isKnown('/page')).toBe(false);
  for (let time = 0; time < 8; time += 1) pages.note('/page');
  pages.forget('/page');
  expect([pages.isKnown('/page'), pages.isResting('/page')]).toEqual([false, false]);
});

test('so many pages are remembered', () => {
  const pages = new RefusedPages();
  for (let page = 0; page <= 1_000; page += 1) pages.note(`/${page}`);
  expect([pages.isKnown('/0'), pages.isKnown('/1')]).toEqual([false, true]);
});
