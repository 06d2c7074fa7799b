import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf } from '../../../src/page/layout.js';
import type { GateDecision } from '../../../src/page/request/gate.js';
import { bytesOf, ignoredParameters } from '../../cases/requests.js';
import { effortFrom } from '../../helpers/effort.js';
import { headerLines, methods, targets } from '../setup/arbitraries.js';
import { type GateServer, startGateServer } from '../setup/gate-server.js';
import { type Front, HIT, startFront } from '../setup/nginx-front.js';
import { setTraps } from '../setup/traps.js';

const seed = 20_240_229;
/** FUZZ_FACTOR=1000 makes the search longer. */
const FACTOR = effortFrom('FUZZ_FACTOR', { usual: 2, long: 200 });
const TARGETS = 100 * FACTOR;
const HEADERS = 50 * FACTOR;
/** The smallest share of all answers that each kind must have, for a run to show something. */
const MIN_PART = 1 / 10;
const TIME_LIMIT_MS = 10 * 60_000 + 3_000 * FACTOR;

describe.each([
  ['default options', []],
  ['parameters to ignore', ignoredParameters],
])('with %s, nginx serves what the code says and nothing else', (_, ignoreQuery) => {
  let front: Front;
  let gate: GateServer;
  beforeAll(async () => {
    front = await startFront({ site: { ignoreQuery: [...ignoreQuery] } });
    gate = await startGateServer(front.config);
  });
  afterAll(async () => {
    await gate?.stop();
    await front?.stop();
  });

  test(`for ${TARGETS} targets`, { timeout: TIME_LIMIT_MS }, async () => {
    const files = await filesByTarget(gate, new Set(fc.sample(targets, { seed, numRuns: TARGETS })));
    for (const file of files.values()) if (file !== undefined) front.place(file, file);
    for (const target of files.keys()) setTraps(front.webRoot, target);

    for (const [target, file] of files) {
      expect.soft([target, await answerTo(front, target)]).toEqual([target, file ?? 'no page']);
    }
    expectBothKinds([...files.values()].map((file) => file !== undefined));
  });

  test(`for ${HEADERS} sets of headers`, { timeout: TIME_LIMIT_MS }, async () => {
    front.place('blog.page.html', 'blog');
    const isPage: boolean[] = [];
    for (const [method, headers] of fc.sample(fc.tuple(methods, headerLines), { seed, numRuns: HEADERS })) {
      const bytes = bytesOf({ method, headers });
      const decided = (await gate.decide(bytes))?.outcome === 'page';
      const { response } = await front.ask(bytes);
      expect
        .soft([method, headers, response.headers['cache-status'] === HIT])
        .toEqual([method, headers, decided]);
      isPage.push(decided);
    }
    expectBothKinds(isPage);
  });
});

/** Returns the file from which the code would answer each target; `undefined` if there is none. */
async function filesByTarget(
  gate: GateServer,
  all: Iterable<string>,
): Promise<ReadonlyMap<string, string | undefined>> {
  const files = new Map<string, string | undefined>();
  for (const target of all) files.set(target, firstFile(await gate.decide(bytesOf({ target }))));
  return files;
}

function firstFile(decision: GateDecision | undefined): string | undefined {
  return decision?.outcome === 'page' ? filesOf(decision.page)[0] : undefined;
}

/** Returns what nginx serves, or whether it asked the app for exactly this target or refused it by itself. */
async function answerTo(front: Front, target: string): Promise<string> {
  const { response, seen } = await front.ask(bytesOf({ target }));
  if (response.headers['cache-status'] === HIT) return response.body.toString();
  if (response.status === 400) return 'no page';
  return seen[0]?.target === target ? 'no page' : `the app was asked for ${seen[0]?.target}`;
}

function expectBothKinds(isPage: readonly boolean[]): void {
  const pages = isPage.filter(Boolean).length;
  expect(Math.min(pages, isPage.length - pages)).toBeGreaterThan(isPage.length * MIN_PART);
}
