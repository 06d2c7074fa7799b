import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf } from '../../../src/page/layout.js';
import { type LayoutCase, layoutCases, otherCases, pageCases } from '../../cases/layout.js';
import {
  audienceCases,
  bytesOf,
  ignoredParameters,
  queryCases,
  type RequestCase,
  requestCases,
} from '../../cases/requests.js';
import { isLong } from '../../helpers/effort.js';
import type { OtherServer } from '../../helpers/servers/web-server.js';
import { APP_BODY } from '../setup/echo-app.js';
import type { Exchange } from '../setup/front.js';
import { type GateServer, startGateServer } from '../setup/gate-server.js';
import { HIT } from '../setup/nginx-front.js';
import {
  type ServerFront,
  type ServerFrontOptions,
  servers,
  startServerFront,
} from '../setup/server-front.js';
import { setTraps } from '../setup/traps.js';

const bypassHeaders = { add: ['Accept'] };

/** Caddy trusts no proxy about the scheme, so the scheme is that of the connection. */
const audiences: Readonly<
  Record<OtherServer, ServerFrontOptions & { readonly cases: readonly RequestCase[] }>
> = {
  apache2: {
    site: { scheme: 'https', bypassHeaders },
    options: { trust: ['127.0.0.1'] },
    cases: audienceCases,
  },
  caddy: {
    site: { scheme: 'http', bypassHeaders },
    cases: audienceCases
      .filter(({ headers: [first] = [] }) => first === 'X-Forwarded-Proto: https')
      .map(({ headers: [, ...headers] = [], ...one }) => ({ ...one, headers })),
  },
};

describe.each(servers)('%s judges as the code does', (server) => {
  describe('a site with default options', () => {
    const site = startBoth(server);

    test.each(inTurn(server, pageCases).map((one) => [one.target, one] as const))(
      'the page %j is served from its file',
      async (_, { target, file = '' }) => {
        expectHit(await site.front.ask(bytesOf({ target })), file);
      },
    );

    test.each(inTurn(server, otherCases).map((one) => [one.target, one.why, one] as const))(
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
    const site = startBoth(server, { site: { ignoreQuery: ignoredParameters } });

    test.each(queryCases.map((one) => [one.answer, one.name, one] as const))(
      'the %s answers %s',
      async (_, __, one) => {
        await expectSame(site, server, one);
      },
    );
  });
});

describe.each(servers)('%s, for a site with pages for the visits of browsers by one scheme', (server) => {
  const { cases, ...options } = audiences[server];
  const site = startBoth(server, options);

  test.each(cases.map((one) => [one.answer, one.name, one] as const))(
    'the %s answers %s',
    async (_, __, one) => {
      await expectSame(site, server, one);
    },
  );
});

/** Returns all cases in long tests, otherwise half of them for each server: nginx gets all of them anyway. */
function inTurn<T>(server: OtherServer, cases: readonly T[]): readonly T[] {
  const turn = servers.indexOf(server) % 2;
  return isLong ? cases : cases.filter((_, index) => index % 2 === turn);
}

interface Both {
  readonly front: ServerFront;
  readonly gate: GateServer;
}

function startBoth(server: OtherServer, options: ServerFrontOptions = {}): Both {
  let both: Both | undefined;
  beforeAll(async () => {
    const front = await startServerFront(server, options);
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
  expect([[[method, untouched]], [[method, escaped(untouched)]]]).toContainEqual(
    seen.map((one) => [one.method, one.target]),
  );
  expect(response.headers['x-app']).toBe('reached');
  expect(response.headers['cache-status']).toBeUndefined();
  expect([APP_BODY, '']).toContain(response.body.toString());
}

/** Escapes what no URL has in its path, as Caddy does (RFC 3986 §2). */
function escaped(target: string): string {
  const [path = '', ...query] = target.split('?');
  const spelled = path.replace(
    /[\\"<>{}|^`#\x80-\xff]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return [spelled, ...query].join('?');
}
