import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf } from '../../../src/page/layout.js';
import { absoluteForms, type LayoutCase, layoutCases, otherCases, pageCases } from '../../cases/layout.js';
import {
  audienceCases,
  bytesOf,
  ignoredParameters,
  queryCases,
  type RequestCase,
  requestCases,
} from '../../cases/requests.js';
import { APP_BODY } from '../setup/echo-app.js';
import type { Exchange } from '../setup/front.js';
import { type GateServer, startGateServer } from '../setup/gate-server.js';
import { type Front, type FrontOptions, HIT, startFront } from '../setup/nginx-front.js';
import { setTraps } from '../setup/traps.js';

/** Two engines, one table: the generated nginx and the code judge the same bytes. */
describe('a site with default options', () => {
  const site = startBoth();

  describe.each(pageCases.map((one) => [one.target, one] as const))(
    'the page %j',
    (_, { target, file = '', json }) => {
      test('is a page of that file to the code', async () => {
        const decision = await site.gate.decide(bytesOf({ target }));
        expect(decision).toMatchObject({ outcome: 'page', host: '' });
        const files = decision?.outcome === 'page' ? filesOf(decision.page) : [];
        expect(files).toEqual(json === undefined ? [file] : [file, json]);
      });

      test('is served from that file by nginx', async () => {
        expectHit(await site.front.ask(bytesOf({ target })), file);
      });
    },
  );

  test.each(otherCases.map((one) => [one.target, one.why, one] as const))(
    '%j is no page: %s',
    async (target, _, one) => {
      const bytes = bytesOf({ target });
      expect((await site.gate.decide(bytes))?.outcome).not.toBe('page');
      expectNoPage(await site.front.ask(bytes), one);
    },
  );

  test.each(absoluteForms.map(({ target }) => target))('%s is no page to the code', async (target) => {
    expect((await site.gate.decide(bytesOf({ target })))?.outcome).toBe('bypass');
  });

  test.each(requestCases.map((one) => [one.answer, one.name, one] as const))(
    'the %s answers %s',
    async (_, __, one) => {
      await expectBoth(site, one);
    },
  );
});

describe('a site that ignores some parameters', () => {
  const site = startBoth({ site: { ignoreQuery: ignoredParameters } });

  test.each(queryCases.map((one) => [one.answer, one.name, one] as const))(
    'the %s answers %s',
    async (_, __, one) => {
      await expectBoth(site, one);
    },
  );

  const others = otherCases.filter(({ target }) => !target.includes('?utm_'));
  test.each(others.map((one) => [one.target, one] as const))('%j is still no page', async (target, one) => {
    expectNoPage(await site.front.ask(bytesOf({ target })), one);
  });
});

describe('a site with pages for the visits of browsers by https', () => {
  const site = startBoth({
    site: { scheme: 'https', bypassHeaders: { add: ['Accept'] } },
    // The test is the proxy in front, and nginx trusts what it says about the scheme.
    nginx: { trust: ['127.0.0.1'] },
  });

  test.each(audienceCases.map((one) => [one.answer, one.name, one] as const))(
    'the %s answers %s',
    async (_, __, one) => {
      await expectBoth(site, one);
    },
  );
});

interface Both {
  readonly front: Front;
  readonly gate: GateServer;
}

/** Starts both engines before the tests of a suite, over the same pages and traps. */
function startBoth(options: FrontOptions = {}): Both {
  let both: Both | undefined;
  beforeAll(async () => {
    const front = await startFront(options);
    both = { front, gate: await startGateServer(front.config) };
    for (const one of pageCases) placePage(front, one);
    for (const { target } of layoutCases) setTraps(front.webRoot, target);
  });
  afterAll(async () => {
    await both?.gate.stop();
    await both?.front.stop();
  });
  const started = () => {
    if (both === undefined) throw new Error('The suite has not begun');
    return both;
  };
  return {
    get front() {
      return started().front;
    },
    get gate() {
      return started().gate;
    },
  };
}

function placePage(front: Front, { file }: LayoutCase): void {
  if (file !== undefined) front.place(file, file);
}

async function expectBoth({ front, gate }: Both, request: RequestCase): Promise<void> {
  const bytes = bytesOf(request);
  const decision = await gate.decide(bytes);
  if (request.answer === 'page') expect(decision).toMatchObject({ outcome: 'page' });
  else expect(decision?.outcome).not.toBe('page');
  const exchange = await front.ask(bytes);
  const expected = request.nginx?.answer ?? request.answer;
  const { method = 'GET', target = '/blog' } = request;
  if (typeof expected === 'number') return expectOwnError(exchange, expected);
  if (expected === 'app') return expectApp(exchange, method, target, request.body);
  const file = decision?.outcome === 'page' ? filesOf(decision.page)[0] : 'blog.page.html';
  expectHit(exchange, method === 'HEAD' ? '' : (file ?? ''));
}

function expectHit({ response, seen }: Exchange, body: string): void {
  expect(seen).toEqual([]);
  expect(response.status).toBe(200);
  expect(response.headers['cache-status']).toBe(HIT);
  expect(response.body.toString()).toBe(body);
}

function expectNoPage(exchange: Exchange, { target, refusedByNginx, refusedByNode }: LayoutCase): void {
  if (refusedByNginx === true || refusedByNode === true) expectOwnError(exchange, 400);
  else expectApp(exchange, 'GET', target);
}

function expectApp({ response, seen }: Exchange, method: string, target: string, body = ''): void {
  const sent = body.startsWith('3\r\n') ? 'a=b' : body.startsWith('0\r\n') ? '' : body;
  // nginx turns the absolute form into the origin form.
  const untouched = target.replace(/^http:\/\/[^/]+/, '');
  expect(seen.map((one) => ({ method: one.method, target: one.target, body: one.body.toString() }))).toEqual([
    { method, target: untouched, body: sent },
  ]);
  expect(response.headers['x-app']).toBe('reached');
  expect(response.headers['cache-status']).toBeUndefined();
  expect([APP_BODY, '']).toContain(response.body.toString());
}

function expectOwnError({ response, seen }: Exchange, status: number): void {
  expect(seen).toEqual([]);
  expect(response.status).toBe(status);
}
