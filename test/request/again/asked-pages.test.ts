import { expect, onTestFinished, test, vi } from 'vitest';
import { AskedPages } from '../../../src/request/again/asked-pages.js';
import { run, siteFolder } from '../../cli/run.js';
import { startSite } from '../../helpers/site/site.js';

const RARELY = 'staticgenerator; fwd=uri-miss; detail=asked-rarely';
const HIT = 'staticgenerator; hit';
const HOUR = 60 * 60 * 1_000;

const urls = [/^\/posts\//, { match: /^\/tags\//, storeAfter: 3 }, { match: /^\//, storeAfter: 2 }];

async function taggedSite(given: { readonly webRoot?: string } = {}) {
  const site = await startSite((app) => void app.use((_request, response) => void response.send('page')), {
    urls,
    ...given,
  });
  const ask = async (target: string, headers = {}) => (await site.request(target, { headers })).cache;
  return { ...site, ask };
}

test('a page is stored at the request that its pattern asks for', async () => {
  const { ask, visit } = await taggedSite();
  expect((await visit('/posts/a')).outcome).toBe('stored');
  expect([await ask('/tags/a'), await ask('/tags/a')]).toEqual([RARELY, RARELY]);
  expect([await ask('/tags/b'), await ask('/about')]).toEqual([RARELY, RARELY]);
  expect((await visit('/tags/a')).outcome).toBe('stored');
  expect((await visit('/about')).outcome).toBe('stored');
  expect([await ask('/tags/a'), await ask('/tags/b')]).toEqual([HIT, RARELY]);
});

test('a page that was deleted is stored at once: it was asked for before', async () => {
  const { ask, visit, pages } = await taggedSite();
  await ask('/about');
  await visit('/about');
  await pages.quickDelete('/about');
  expect((await visit('/about')).outcome).toBe('stored');
});

test('requests that may make no page do not count', async () => {
  const { ask, request } = await taggedSite();
  await ask('/about', { cookie: 'theme=dark' });
  await ask('/about', { cookie: 'connect.sid=1' });
  await ask('/about?utm=1');
  await request('/about', { method: 'HEAD' });
  expect(await ask('/about')).toBe(RARELY);
});

test('who publishes a page has it stored', async () => {
  const { ask, pages } = await taggedSite();
  expect(await pages.quickPublish('/tags/a')).toMatchObject({ refused: [] });
  expect(await ask('/tags/a')).toBe(HIT);
});

test('visitors who come together count one by one, and one of them makes the page', async () => {
  const { ask } = await taggedSite();
  const statuses = await Promise.all(Array.from({ length: 5 }, () => ask('/tags/a')));
  expect(statuses.filter((status) => status === RARELY)).toHaveLength(2);
  await expect.poll(() => ask('/tags/a')).toBe(HIT);
});

test('what was asked for rarely is counted, and the pattern says how often it has to be', async () => {
  const { folder, webRoot } = await siteFolder({ urls: [{ match: '^/tags/', storeAfter: 3 }] });
  const { ask, pages } = await taggedSite({ webRoot });
  await ask('/tags/a');
  await pages.close();
  const told = async (...words: string[]) => JSON.parse((await run([...words, '--json'], { folder })).stdout);
  expect((await told('stats')).counters).toMatchObject({ 'refused:asked-rarely': 1 });
  expect((await told('why', '/tags/a')).rule).toBe('/^\\/tags\\// after 3 requests');
});

test('requests with more than an hour between them do not count together', () => {
  vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const pages = new AskedPages();
  const after = (milliseconds: number) => {
    vi.advanceTimersByTime(milliseconds);
    return pages.isOften('/a', 3);
  };
  expect([after(0), after(HOUR - 1), after(HOUR - 1)]).toEqual([false, false, true]);
  expect([after(HOUR + 1), after(0), after(0)]).toEqual([false, false, true]);
});

test('a flood of URLs is forgotten, and long ones take no more memory than short ones', () => {
  const pages = new AskedPages();
  pages.isOften('/first', 2);
  const long = 'x'.repeat(4_000);
  for (let url = 0; url < 1_500; url += 1) pages.isOften(`/${url}/${long}`, 2);
  expect([pages.isOften('/first', 2), pages.isOften(`/1499/${long}`, 2)]).toEqual([false, true]);
});
