import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf } from '../../../src/page/layout.js';
import { type LayoutCase, layoutCases, otherCases, pageCases } from '../../cases/layout.js';
import {
  bytesOf,
  ignoredParameters,
  queryCases,
  type RequestCase,
  requestCases,
} from '../../cases/requests.js';
import type { OtherServer } from '../../helpers/web-server.js';
import { APP_BODY } from '../setup/echo-app.js';
import { type GateServer, startGateServer } from '../setup/gate-server.js';
import { type Exchange, HIT } from '../setup/nginx-front.js';
import { type ServerFront, servers, startServerFront } from '../setup/server-front.js';
import { setTraps } from '../setup/traps.js';

describe.each(servers)('%s judges as the code does', (server) => {
  describe('a site with default options', () => {
    const site = startBoth(server);

    test.each(pageCases.map((one) => [one.target, one] as const))(
      'the page %j is served from its file',
      async (_, { target, file = '' }) => {
        expectHit(await site.front.ask(bytesOf({ target })), file);
      },
    );

    test.each(otherCases.map((one) => [one.target, one.why, one] as const))(
      '%j is no page: %s',
      async (target, _, one) => {
        expectNoPage(await site.front.ask(bytesOf({ target })), one);
      },
    );

    test.each(requestCases.map((one) => [one.answer, one.name, one] as const))(
      'the %s answers %s',
      async (_, __, one) => {
        await expectSame(site, server, one);
      },
    );
  });

  describe('a site that ignores some parameters', () => {
    const site = startBoth(server, ignoredParameters);

    test.each(queryCases.map((one) => [one.answer, one.name, one] as const))(
      'the %s answers %s',
      async (_, __, one) => {
        await expectSame(site, server, one);
      },
    );
  });
});

interface Both {
  readonly front: ServerFront;
  readonly gate: GateServer;
}

function startBoth(server: OtherServer, ignoreQuery: readonly string[] = []): Both {
  let both: Both | undefined;
  beforeAll(async () => {
    const front = await startServerFront(server, { site: { ignoreQuery } });
    both = { front, gate: await startGateServer(front.config) };
    for (const { file } of pageCases) if (file !== undefined) front.place(file, file);
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

async function expectSame({ front, gate }: Both, server: OtherServer, request: RequestCase): Promise<void> {
  const bytes = bytesOf(request);
  const decision = await gate.decide(bytes);
  const exchange = await front.ask(bytes);
  const { method = 'GET', target = '/blog' } = request;
  const expected = request[server]?.answer ?? request.answer;
  if (typeof expected === 'number') {
    expect([exchange.seen, exchange.response.status]).toEqual([[], expected]);
    return;
  }
  if (expected === 'app') return expectApp(exchange, method, target);
  const file = decision?.outcome === 'page' ? filesOf(decision.page)[0] : 'blog.page.html';
  expectHit(exchange, method === 'HEAD' ? '' : (file ?? ''));
}

function expectHit({ response, seen }: Exchange, body: string): void {
  expect(seen).toEqual([]);
  expect(response.status).toBe(200);
  expect(response.headers['cache-status']).toBe(HIT);
  expect(response.body.toString()).toBe(body);
}

function expectNoPage(exchange: Exchange, { target }: LayoutCase): void {
  if (exchange.seen.length === 0) expect([400, 404]).toContain(exchange.response.status);
  else expectApp(exchange, 'GET', target);
}

function expectApp({ response, seen }: Exchange, method: string, target: string): void {
  const untouched = target.replace(/^http:\/\/[^/]+/, '');
  expect(seen.map((one) => [one.method, one.target])).toEqual([[method, untouched]]);
  expect(response.headers['x-app']).toBe('reached');
  expect(response.headers['cache-status']).toBeUndefined();
  expect([APP_BODY, '']).toContain(response.body.toString());
}
