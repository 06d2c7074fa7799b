import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { otherQueries, queryIgnored, queryPages, queryRules } from '../../cases/queries.js';
import { bytesOf } from '../../cases/requests.js';
import { HIT } from '../setup/nginx-front.js';
import { type ServerFront, servers, startServerFront } from '../setup/server-front.js';

const combinations = servers.flatMap((server) =>
  [queryIgnored, []].map((ignoreQuery) => [server, ignoreQuery] as const),
);

describe.each(combinations)('%s, of a site with queries that ignores %j', (server, ignoreQuery) => {
  let front: ServerFront;
  beforeAll(async () => {
    front = await startServerFront(server, { site: { urls: queryRules, ignoreQuery } });
    for (const { file } of queryPages) front.place(file ?? '', file ?? '');
    // Files that a careless server would find.
    for (const trap of ['list?page=2.html', ';2/page=2.html', 'cafe;A4/tag=ä.html'])
      front.place(trap, 'a trap');
  });
  afterAll(() => front.stop());

  test.each(queryPages)('serves $target', async ({ target, file }) => {
    // Caddy would decode the names of these files.
    const isPassedOn = server === 'caddy' && /\?.*%/.test(target);
    expect(await servedBy(front, target)).toBe(isPassedOn ? 'app' : file);
  });

  test.each(otherQueries)('passes $target on ($why)', async ({ target, answer, page }) => {
    const isBare = answer === 'ignored' && page?.includes('?') === false && ignoreQuery.length > 0;
    expect(await servedBy(front, target)).toBe(isBare ? 'list.page.html' : 'app');
  });
});

test.each(servers)('%s serves a query with a page as JSON alone', async (server) => {
  const front = await startServerFront(server, { site: { urls: queryRules } });
  try {
    for (const { json } of queryPages) if (json !== undefined) front.place(json, json);
    for (const { target, json = 'app' } of queryPages) {
      const isPassedOn = server === 'caddy' && /\?.*%/.test(target);
      expect(await servedBy(front, target)).toBe(isPassedOn ? 'app' : json);
    }
  } finally {
    await front.stop();
  }
});

async function servedBy(front: ServerFront, target: string): Promise<string> {
  const { response } = await front.ask(bytesOf({ target }));
  return response.headers['cache-status'] === HIT ? response.body.toString() : 'app';
}
