import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf } from '../../../src/page/layout.js';
import { bytesOf, ignoredParameters } from '../../cases/requests.js';
import { effortFrom } from '../../helpers/effort.js';
import { headerLines, methods, targets } from '../setup/arbitraries.js';
import { type GateServer, startGateServer } from '../setup/gate-server.js';
import { HIT } from '../setup/nginx-front.js';
import { type ServerFront, servers, startServerFront } from '../setup/server-front.js';
import { setTraps } from '../setup/traps.js';

const seed = 20_261_129;
const COUNT = effortFrom('FUZZ_COUNT', { usual: 100, long: 10_000 });
const TIME_LIMIT_MS = 10 * 60_000 + 30 * COUNT;

describe.each(servers)('%s serves what the code says and nothing else', (server) => {
  let front: ServerFront;
  let gate: GateServer;
  beforeAll(async () => {
    front = await startServerFront(server, { site: { ignoreQuery: [...ignoredParameters] } });
    gate = await startGateServer(front.config);
  });
  afterAll(async () => {
    await gate?.stop();
    await front?.stop();
  });

  test(`for ${COUNT} targets`, { timeout: TIME_LIMIT_MS }, async () => {
    const files = new Map<string, string | undefined>();
    for (const target of new Set(fc.sample(targets, { seed, numRuns: COUNT }))) {
      const decision = await gate.decide(bytesOf({ target }));
      files.set(target, decision?.outcome === 'page' ? filesOf(decision.page)[0] : undefined);
    }
    for (const file of files.values()) if (file !== undefined) front.place(file, file);
    for (const target of files.keys()) setTraps(front.webRoot, target);
    for (const [target, file] of files) {
      const { response } = await front.ask(bytesOf({ target }));
      const served = response.headers['cache-status'] === HIT ? response.body.toString() : undefined;
      expect.soft([target, served]).toEqual([target, file]);
    }
  });

  test(`for ${COUNT} sets of headers`, { timeout: TIME_LIMIT_MS }, async () => {
    front.place('blog.page.html', 'blog');
    for (const [method, headers] of fc.sample(fc.tuple(methods, headerLines), { seed, numRuns: COUNT })) {
      const bytes = bytesOf({ method, headers });
      const isPage = (await gate.decide(bytes))?.outcome === 'page';
      const { response } = await front.ask(bytes);
      const isServed = response.headers['cache-status'] === HIT;
      expect.soft([method, headers, isServed]).toEqual([method, headers, isPage]);
    }
  });
});
