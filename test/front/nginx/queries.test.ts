import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf } from '../../../src/page/layout.js';
import { otherQueries, type QueryCase, queryIgnored, queryPages, queryRules } from '../../cases/queries.js';
import { bytesOf } from '../../cases/requests.js';
import { effortFrom } from '../../helpers/effort.js';
import { type GateServer, startGateServer } from '../setup/gate-server.js';
import { type Front, HIT, startFront } from '../setup/nginx-front.js';

/** Files that a careless server would find, in addition to a file for each page of the table. */
const TRAPS = ['list?page=2.html', 'list;/page=2.html', 'cafe;../../x', ';2/page=2.html', 'list;ar/x.html'];

describe.each([
  ['with ignored parameters', queryIgnored],
  ['without', []],
])('a site with queries, %s', (_, ignoreQuery) => {
  let front: Front;
  let gate: GateServer;
  beforeAll(async () => {
    front = await startFront({ site: { urls: queryRules, ignoreQuery } });
    gate = await startGateServer(front.config);
    for (const { file } of queryPages) front.place(file ?? '', file ?? '');
    for (const trap of TRAPS) front.place(trap, 'a trap');
  });
  afterAll(async () => {
    await gate.stop();
    await front.stop();
  });
  const others = otherQueries.filter(({ answer }) => answer !== 'ignored' || ignoreQuery.length > 0);

  test.each(queryPages.map((one) => [one.target, one] as const))(
    '%j has a page, which nginx serves',
    async (target, { file, json }) => {
      const decision = await gate.decide(bytesOf({ target }));
      expect(decision).toMatchObject({ outcome: 'page', page: { path: target } });
      const page = decision?.outcome === 'page' ? decision : undefined;
      expect(page?.captureRefusal).toBeUndefined();
      expect(filesOf(page?.page ?? expect.fail())).toEqual(json === undefined ? [file] : [file, json]);
      expect(await servedBy(front, target)).toBe(file);
      expect(await servedBy(front, target, 'HEAD')).toBe('');
    },
  );

  test.each(others.map((one) => [one.target, one.why, one] as const))('%j (%s)', async (target, _, one) => {
    const decision = await gate.decide(bytesOf({ target }));
    expect(outcomeOf(decision)).toEqual([one.answer, one.page]);
    const isBare = one.answer === 'ignored' && one.page?.includes('?') === false;
    expect(await servedBy(front, target)).toBe(isBare ? 'list.page.html' : 'app');
  });
});

/** Parameters in all kinds of spellings. */
const parameters = fc.oneof(
  fc.constantFrom(
    'page=2',
    'page=%32',
    'page=12',
    'page=0',
    'page=',
    'page',
    'page=2%0A',
    'Page=2',
    'p%61ge=2',
  ),
  fc.constantFrom(
    'tag=a',
    'tag=%61',
    'tag=a+b',
    'tag=a%20b',
    'tag=%C3%A4',
    'tag=%c3%a4',
    'tag=..',
    'tag=/',
    'tag=%2F',
  ),
  fc.constantFrom(
    'tag=x.html',
    'tag=%ff',
    'tag=%',
    'tag=,',
    'tag=;',
    'tag=a=b',
    'tag=?',
    "tag='",
    'tag=*',
    'tag=\xe4',
  ),
  fc.constantFrom('utm_a=1', 'utm_a', 'x=1', '', '=', '__proto__=1'),
  fc.string({ maxLength: 6 }).map((text) => `tag=${text.replace(/[^!-~]/g, '').replaceAll('#', '')}`),
);
const targets = fc
  .tuple(
    fc.constantFrom('/cafe', '/caf%C3%A9', '/feed.xml', '/data.d/v1.2'),
    fc.array(parameters, { maxLength: 3 }),
  )
  .map(([path, chosen]) => (chosen.length === 0 ? path : `${path}?${chosen.join('&')}`));
const COUNT = effortFrom('FUZZ_COUNT', { usual: 300, long: 20_000 });

test(`nginx serves the pages of ${COUNT} targets with queries as the code does`, {
  timeout: 10 * 60_000 + 30 * COUNT,
}, async () => {
  const front = await startFront({ site: { urls: queryRules, ignoreQuery: queryIgnored } });
  const gate = await startGateServer(front.config);
  try {
    const expected = new Map<string, string>();
    for (const target of new Set(fc.sample(targets, { seed: 20_261_130, numRuns: COUNT }))) {
      const decision = await gate.decide(bytesOf({ target }));
      const file = decision?.outcome === 'page' ? filesOf(decision.page)[0] : undefined;
      if (file !== undefined) front.place(file, file);
      // If the URL differs from the page's, Node answers; nginx does so only if the page has no parameters.
      const isNginxs =
        decision?.outcome === 'page' &&
        (decision.captureRefusal === undefined || decision.page.query === undefined);
      expected.set(target, isNginxs && file !== undefined ? file : 'app');
    }
    expect(new Set(expected.values()).size).toBeGreaterThan(10);
    for (const [target, served] of expected)
      expect.soft([target, await servedBy(front, target)]).toEqual([target, served]);
  } finally {
    await gate.stop();
    await front.stop();
  }
});

test('a query with a page as JSON alone is served by nginx', async () => {
  const front = await startFront({ site: { urls: queryRules } });
  try {
    for (const { json } of queryPages) if (json !== undefined) front.place(json, json);
    for (const { target, json = 'app' } of queryPages) expect(await servedBy(front, target)).toBe(json);
  } finally {
    await front.stop();
  }
});

test('a query whose value ends as names of files do has no page of the path without it', async () => {
  const front = await startFront({ site: { urls: queryRules } });
  try {
    for (const file of ['cafe.page.json', 'cafe.page.html', 'list.page.json']) front.place(file, file);
    for (const target of [
      '/cafe?tag=a.page',
      '/cafe?tag=a.page.html',
      '/cafe?tag=x&page=1',
      '/cafe?tag=index',
    ])
      expect(await servedBy(front, target)).toBe('app');
    front.place('cafe;ge/tag=a.page.json', 'its own');
    expect(await servedBy(front, '/cafe?tag=a.page')).toBe('its own');
  } finally {
    await front.stop();
  }
});

test('a query is passed on that belongs to a session, or comes with another header', async () => {
  const front = await startFront({ site: { urls: queryRules } });
  try {
    for (const { file } of queryPages) front.place(file ?? '', file ?? '');
    for (const headers of [['Cookie: sid=1'], ['Authorization: x'], ['Range: bytes=0-1'], ['Origin: null']]) {
      const { seen } = await front.ask(bytesOf({ target: '/list?page=2', headers }));
      expect(seen.map(({ target }) => target)).toEqual(['/list?page=2']);
    }
  } finally {
    await front.stop();
  }
});

test('a site without queries has none of this in its configuration', async () => {
  const front = await startFront();
  try {
    front.place('list;2/page=2.html', 'a trap');
    expect(await servedBy(front, '/list?page=2')).toBe('app');
  } finally {
    await front.stop();
  }
});

function outcomeOf(
  decision: Awaited<ReturnType<GateServer['decide']>>,
): [QueryCase['answer'], string | undefined] {
  if (decision?.outcome !== 'page') return ['app', undefined];
  const { captureRefusal, page } = decision;
  const answers = { 'query-spelling': 'spelling', 'ignored-query': 'ignored' } as const;
  if (captureRefusal === undefined) return ['page', page.path];
  if (captureRefusal === 'query-spelling' || captureRefusal === 'ignored-query')
    return [answers[captureRefusal], page.path];
  return ['app', captureRefusal];
}

/** Returns what nginx serves from a file, or `app`. */
async function servedBy(front: Front, target: string, method = 'GET'): Promise<string> {
  const { response, seen } = await front.ask(bytesOf({ target, method }));
  if (response.headers['cache-status'] === HIT) return response.body.toString();
  // Node's parser refuses some targets.
  if (response.status !== 400) expect(seen.map((one) => one.target)).toEqual([target]);
  return 'app';
}
