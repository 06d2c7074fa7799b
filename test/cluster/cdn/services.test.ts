import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { retryAfter } from '../../../src/cluster/cdn/call.js';
import {
  type CdnService,
  cloudflare,
  cloudfront,
  fastly,
  type PurgeRefusedError,
  purge,
} from '../../../src/cluster/cdn/index.js';
import { freePort } from '../../helpers/servers/ports.js';
import { listen } from '../../helpers/site/site.js';

/** A request as a service received it. */
interface Got {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Starts a service for a test. Returns its address and what it received. `answer` decides what it says. */
async function startService(answer: (got: Got) => Said) {
  const got: Got[] = [];
  const port = await listen(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
    got.push(one);
    const { status = 200, headers: own = {}, body = '' } = answer(one);
    response.writeHead(status, own).end(body);
  });
  return { got, endpoint: `http://127.0.0.1:${port}` };
}

const signal = new AbortController().signal;
const some = { tags: ['post:1'], all: false, signal };
const everything = { tags: [], all: true, signal };
const URLS = ['https://www.example.com/a', 'http://www.example.com/a', 'https://www.example.com/caf%C3%A9/'];
const FRONT_PAGES = ['https://www.example.com/', 'http://www.example.com/'];

async function refusalOf(service: CdnService, urls = URLS): Promise<PurgeRefusedError> {
  return await service.purge(urls, some).then(
    () => expect.unreachable('it was accepted'),
    (error: PurgeRefusedError) => error,
  );
}

/** Tests what all services do: if a purge is not accepted, they reject with what the service says. */
function behavesAsService(make: (endpoint: string) => CdnService): void {
  test('a limit is a refusal that says for how long', async () => {
    const { endpoint } = await startService(() => ({ status: 429, headers: { 'retry-after': '17' } }));
    const refusal = await refusalOf(make(endpoint));
    expect(refusal.message).toMatch(/429/);
    expect(refusal).toMatchObject({ name: 'PurgeRefusedError', retryAfterMs: 17_000, remedy: undefined });
  });

  test.each([401, 403])('%i is a refusal that says to look at the credentials', async (status) => {
    const { endpoint } = await startService(() => ({ status, body: 'no such thing' }));
    expect(await refusalOf(make(endpoint))).toMatchObject({
      message: expect.stringMatching(String(status)),
      remedy: expect.stringMatching(/token|credentials|let the cache accept/),
      retryAfterMs: undefined,
    });
  });

  test('a fault of the service, and no answer, are refusals without a remedy to wait for', async () => {
    const { endpoint } = await startService(() => ({ status: 503 }));
    expect((await refusalOf(make(endpoint))).remedy).toBeUndefined();
    const nobody = make(`http://127.0.0.1:${await freePort()}`);
    expect((await refusalOf(nobody)).message).toMatch(/did not answer|no response/);
  });

  test('a call ends when its signal says so', async () => {
    const service = make((await startService(() => ({}))).endpoint);
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(service.purge(URLS, { ...some, signal: aborted })).rejects.toThrow();
  });
}

describe('cloudflare()', () => {
  const zone = '023e105f4ecef8ad9ca31a8372d0c353';
  const token = 'secret-token';
  const make = (endpoint: string) => cloudflare({ zone, token, endpoint: `${endpoint}/client/v4` });
  const done = JSON.stringify({ success: true, errors: [], messages: [], result: { id: zone } });
  behavesAsService(make);

  test('posts URLs as files, with the token', async () => {
    const { got, endpoint } = await startService(() => ({ body: done }));
    const service = make(endpoint);
    await service.purge(URLS, some);
    expect(got).toHaveLength(1);
    expect(got[0]).toMatchObject({
      method: 'POST',
      url: `/client/v4/zones/${zone}/purge_cache`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    expect(JSON.parse(got[0]?.body ?? '')).toEqual({ files: URLS });
    expect(service).toMatchObject({ urlsPerCall: 100, millisecondsPerCall: 125 });
    expect(service.name).not.toContain(token);
  });

  test('purges everything in one call', async () => {
    const { got, endpoint } = await startService(() => ({ body: done }));
    await make(endpoint).purge(FRONT_PAGES, everything);
    expect(got.map(({ body }) => JSON.parse(body))).toEqual([{ purge_everything: true }]);
  });

  test('believes no answer that does not say success', async () => {
    for (const body of ['', '{"success":false,"errors":[{"code":1094}]}']) {
      const { endpoint } = await startService(() => ({ body }));
      expect((await refusalOf(make(endpoint))).message).toMatch(/did not confirm the purge/);
    }
  });

  test('wants a zone and a token, and shows neither', () => {
    expect(() => cloudflare({ zone: 'my zone', token: 'two words' })).toThrow(
      /Expected `zone` to be the ID of a zone, 32 hexadecimal digits \(or the environment variable CLOUDFLARE_ZONE_ID\), got a string\n.*`token`.*got a string$/,
    );
    expect(() => cloudflare({ zome: zone } as object)).toThrow(
      /Unknown option `zome`\. Did you mean `zone`\?/,
    );
  });
});

describe('fastly()', () => {
  const make = (endpoint: string) => fastly({ service: 'SU1Z0isxPaozGVKXdv0eY', token: 'secret', endpoint });
  behavesAsService(make);

  test('posts one request for each host and path', async () => {
    const { got, endpoint } = await startService(() => ({ body: '{"status":"ok","id":"108"}' }));
    await make(endpoint).purge(URLS, some);
    expect(got.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
      'POST /purge/www.example.com/a',
      'POST /purge/www.example.com/caf%C3%A9/',
    ]);
    for (const { headers } of got) {
      expect(headers).toMatchObject({ 'fastly-key': 'secret' });
      // After a soft purge, Fastly would continue to serve the old page.
      expect(headers).not.toHaveProperty('fastly-soft-purge');
    }
  });

  test('purges everything of the service in one call', async () => {
    const { got, endpoint } = await startService(() => ({ body: '{"status":"ok"}' }));
    await make(endpoint).purge(FRONT_PAGES, everything);
    expect(got.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /service/SU1Z0isxPaozGVKXdv0eY/purge_all',
    ]);
  });

  test('wants a service and a token', () => {
    expect(() => fastly({ service: '../all', token: '' })).toThrow(/`service`.*\n.*`token`/);
  });
});

describe('cloudfront()', () => {
  const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };
  const make = (endpoint: string) =>
    cloudfront({ distribution: 'EDFDVBD6EXAMPLE', credentials: keys, endpoint });
  behavesAsService(make);

  test('posts a signed batch of paths, each once', async () => {
    const { got, endpoint } = await startService(() => ({ status: 201 }));
    await make(endpoint).purge(URLS, some);
    expect(got).toHaveLength(1);
    const [first] = got;
    expect(first).toMatchObject({
      method: 'POST',
      url: '/2020-05-31/distribution/EDFDVBD6EXAMPLE/invalidation',
    });
    expect(first?.body).toMatch(
      /<InvalidationBatch xmlns="http:\/\/cloudfront\.amazonaws\.com\/doc\/2020-05-31\/">.*<Paths><Items><Path>\/a<\/Path><Path>\/caf%C3%A9\/<\/Path><\/Items><Quantity>2<\/Quantity><\/Paths>/,
    );
    expect(isSigned(first, keys)).toBe(true);
    expect(isSigned(first, { ...keys, secretAccessKey: 'another' })).toBe(false);
  });

  test('purges everything as one path, and never repeats a reference', async () => {
    const { got, endpoint } = await startService(() => ({ status: 201 }));
    const service = make(endpoint);
    for (let times = 0; times < 2; times += 1) await service.purge(FRONT_PAGES, everything);
    for (const { body } of got)
      expect(body).toContain('<Items><Path>/*</Path></Items><Quantity>1</Quantity>');
    const references = got.map(({ body }) => /<CallerReference>(.+)<\/CallerReference>/.exec(body)?.[1]);
    expect(new Set(references).size).toBe(2);
  });

  test('waits where too many are in progress', async () => {
    const body =
      '<ErrorResponse><Error><Code>TooManyInvalidationsInProgress</Code><Message>wait</Message></Error></ErrorResponse>';
    const { endpoint } = await startService(() => ({ status: 400, body }));
    expect(await refusalOf(make(endpoint))).toMatchObject({ retryAfterMs: 5_000, remedy: undefined });
  });

  test('escapes what XML would read', async () => {
    const { got, endpoint } = await startService(() => ({ status: 201 }));
    await make(endpoint).purge(['https://a.example/a&b'], some);
    expect(got[0]?.body).toContain('<Path>/a&amp;b</Path>');
  });

  test('asks for credentials anew with each call', async () => {
    const { got, endpoint } = await startService(() => ({ status: 201 }));
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { ...keys, sessionToken: `token ${asked}` };
    };
    const service = cloudfront({ distribution: 'E1', credentials, endpoint });
    for (let times = 0; times < 2; times += 1) await service.purge(URLS, some);
    expect(got.map(({ headers }) => headers['x-amz-security-token'])).toEqual(['token 1', 'token 2']);
  });

  test('wants a distribution and credentials, and shows no secret', () => {
    const credentials = { secretAccessKey: 'abc' } as never;
    expect(() => cloudfront({ distribution: 'E 1', credentials })).toThrow(
      /`distribution`.*\n.*`credentials`.*got an object$/,
    );
  });
});

describe('purge()', () => {
  const make = (endpoint: string) => purge({ urls: [endpoint] });
  behavesAsService(make);

  test('asks each cache for each host and path once, as a visitor would spell it', async () => {
    const [one, two] = [await startService(() => ({})), await startService(() => ({ status: 204 }))];
    const service = purge({ urls: [one.endpoint, two.endpoint], headers: { 'X-Key': 'secret' } });
    await service.purge([...URLS, 'http://example.com/a'], some);
    for (const { got } of [one, two]) {
      const asked = got.map(({ method, url, headers }) => `${method} ${headers.host}${url}`);
      expect(asked.sort()).toEqual([
        'PURGE example.com/a',
        'PURGE www.example.com/a',
        'PURGE www.example.com/caf%C3%A9/',
      ]);
      for (const { headers } of got) expect(headers).toMatchObject({ 'x-key': 'secret' });
    }
  });

  test('asks with another method, and for everything of each host', async () => {
    // Node's server accepts only the methods that it knows: UNLOCK is one of them, BAN is not.
    const { got, endpoint } = await startService(() => ({}));
    await purge({ urls: [endpoint], method: 'UNLOCK', allPath: '/all' }).purge(FRONT_PAGES, everything);
    expect(got.map(({ method, url, headers }) => `${method} ${headers.host}${url}`)).toEqual([
      'UNLOCK www.example.com/all',
    ]);
    const another = await startService(() => ({}));
    await purge({ urls: [another.endpoint] }).purge(FRONT_PAGES, everything);
    expect(another.got.map(({ method, url }) => `${method} ${url}`)).toEqual(['PURGE /*']);
  });

  test('accepts 404 only where it is said to mean that', async () => {
    const { endpoint } = await startService(() => ({ status: 404 }));
    expect((await refusalOf(make(endpoint))).remedy).toMatch(/check that the cache handles PURGE itself/);
    await purge({ urls: [endpoint], accept: [404] }).purge(URLS, some);
  });

  test('wants the addresses of caches', () => {
    expect(() => purge({ urls: [] })).toThrow(/Expected `urls` to be an array of strings, each the address/);
    expect(() => purge({ urls: ['10.0.0.7:6081', 'http://a/b'], method: 'ban' })).toThrow(
      /`urls\[0\]`.*\n.*`urls\[1\]`.*\n.*`method`/,
    );
  });
});

test('Retry-After is a number of seconds or a date', () => {
  const after = (text: string | null) => retryAfter({ get: () => text }, Date.parse('2026-01-01T00:00:00Z'));
  expect(after('120')).toBe(120_000);
  expect(after('Thu, 01 Jan 2026 00:01:00 GMT')).toBe(60_000);
  expect(after('Wed, 31 Dec 2025 00:00:00 GMT')).toBe(0);
  expect([after(null), after('soon')]).toEqual([undefined, undefined]);
});

/** Whether a request is signed with these keys for CloudFront, as AWS requires (Signature Version 4). */
function isSigned(
  got: Got | undefined,
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
): boolean {
  if (got === undefined) return false;
  const [, id, date, signed = '', signature] =
    /Credential=(\w+)\/(\d{8})\/us-east-1\/cloudfront\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=(\w+)/.exec(
      got.headers.authorization ?? '',
    ) ?? [];
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const names = signed.split(';');
  const headers = names.map((name) => `${name}:${got.headers[name]?.toString().trim()}\n`).join('');
  const canonical = [got.method, got.url, '', headers, signed, sha256(got.body)].join('\n');
  const at = got.headers['x-amz-date']?.toString() ?? '';
  const scope = `${date}/us-east-1/cloudfront/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n');
  const hmac = (key: string | Buffer, of: string) => createHmac('sha256', key).update(of).digest();
  const key = [date ?? '', 'us-east-1', 'cloudfront', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${keys.secretAccessKey}`,
  );
  return id === keys.accessKeyId && hmac(key, text).toString('hex') === signature;
}
