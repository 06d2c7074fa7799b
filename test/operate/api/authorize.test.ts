import { describe, expect, test } from 'vitest';
import type { ApiOptions } from '../../../src/operate/api/api.js';
import { startSite } from '../../helpers/site/site.js';
import { bearer, startApiSite, TOKEN, withDocument } from './site.js';

const OTHER = 'b'.repeat(40);

describe('a token', () => {
  test('lets a request in, one of several too, and the scheme in any case', async () => {
    const { request } = await startApiSite({ authorize: { token: [TOKEN, OTHER] } });
    for (const authorization of [`Bearer ${TOKEN}`, `bearer ${OTHER}`])
      expect((await request('/_pages/stats', { headers: { authorization } })).status).toBe(200);
  });

  test.each([
    ['none', undefined, 'Bearer realm="staticgenerator"'],
    ['another', `Bearer ${OTHER}`, 'Bearer realm="staticgenerator", error="invalid_token"'],
    [
      'its beginning',
      `Bearer ${TOKEN.slice(0, -1)}`,
      'Bearer realm="staticgenerator", error="invalid_token"',
    ],
    ['one character more', `Bearer ${TOKEN}a`, 'Bearer realm="staticgenerator", error="invalid_token"'],
    ['another scheme', `Basic ${TOKEN}`, 'Bearer realm="staticgenerator"'],
    ['two of them', `Bearer ${TOKEN} ${TOKEN}`, 'Bearer realm="staticgenerator"'],
    ['an empty one', 'Bearer ', 'Bearer realm="staticgenerator"'],
  ])('that is %s is 401, wherever it is sent to', async (_what, authorization, challenge) => {
    const site = await startApiSite();
    await site.visit('/a');
    const headers = authorization === undefined ? {} : { authorization };
    for (const [method, path] of [
      ...[
        ['GET', '/stats'],
        ['GET', '/nothing'],
        ['PATCH', '/stats'],
        ['OPTIONS', '/delete'],
      ],
      ['POST', '/delete'],
    ] as [string, string][]) {
      const body = method === 'POST' ? { body: '{"all":true}' } : {};
      const sent = { method, ...body, headers: { 'content-type': 'application/json', ...headers } };
      const answer = withDocument(await site.request(`/_pages${path}`, sent));
      expect(answer).toMatchObject({ status: 401, document: { code: 'ERR_API_UNAUTHORIZED' } });
      expect(answer.headers['www-authenticate']).toBe(challenge);
      expect(answer.body).not.toContain(TOKEN);
    }
    expect(await site.ask('/a')).toBe('hit');
  });
});

describe("the site's own function", () => {
  test.each([
    ['true', () => true],
    ['a promise of true', async () => true],
  ])('lets in with %s', async (_what, authorize) => {
    const { request } = await startApiSite({ authorize });
    expect((await request('/_pages/stats')).status).toBe(200);
  });

  test('gets the request', async () => {
    const { request } = await startApiSite({ authorize: ({ headers }) => headers['x-who'] === 'me' });
    expect((await request('/_pages/stats', { headers: { 'x-who': 'me' } })).status).toBe(200);
    expect((await request('/_pages/stats')).status).toBe(403);
  });

  test.each<[string, () => unknown, string | undefined]>([
    ['false', () => false, undefined],
    ['nothing', () => undefined, undefined],
    ['a promise of false', async () => false, undefined],
    ['an object', () => ({}), 'returned neither true nor false'],
    ['a text', () => 'true', 'returned neither true nor false'],
    [
      'what it throws',
      () => {
        throw new Error('no database');
      },
      'failed; the request was refused',
    ],
    [
      'a promise that rejects',
      async () => {
        throw new Error('no database');
      },
      'failed; the request was refused',
    ],
  ])('refuses with %s', async (_what, authorize, warning) => {
    const site = await startApiSite({ authorize: authorize as () => boolean });
    await site.visit('/a');
    const sent = { method: 'POST', body: '{"all":true}', headers: { 'content-type': 'application/json' } };
    const answer = withDocument(await site.request('/_pages/delete', sent));
    expect(answer).toMatchObject({ status: 403, document: { code: 'ERR_API_FORBIDDEN' } });
    expect(answer.body).not.toContain('database');
    expect(await site.ask('/a')).toBe('hit');
    const warnings = site.logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toEqual(warning === undefined ? [] : [expect.stringContaining(warning)]);
  });
});

describe('an API is not made', () => {
  const short = 'a'.repeat(31);
  test.each<[string, unknown, RegExp]>([
    ['without options', undefined, /`options`|options/],
    [
      'without authorize',
      {},
      /`authorize` to be \{ token \} with 32 or more.*openssl rand -hex 32.*got nothing/,
    ],
    ['with true', { authorize: true }, /`authorize`.*got a boolean/],
    ['with a token instead of an object', { authorize: TOKEN }, /`authorize`.*got a string/],
    ['with a short token', { authorize: { token: short } }, /`authorize.token`.*32 or more/],
    ['with an empty token', { authorize: { token: '' } }, /`authorize.token`/],
    ['with no token', { authorize: { token: undefined } }, /`authorize.token`.*got nothing/],
    ['with no tokens', { authorize: { token: [] } }, /`authorize.token`.*got nothing/],
    ['with a short one of several', { authorize: { token: [TOKEN, short] } }, /`authorize.token`/],
    ['with a token that no header can have', { authorize: { token: `${TOKEN}\n` } }, /`authorize.token`/],
    ['with an unknown option', { authorize: { token: TOKEN }, cors: true }, /Unknown option `cors`/],
  ])('%s, and the error says what to do but no token', async (_what, options, message) => {
    const { pages } = await startSite(() => undefined);
    const make = () => pages.api(options as ApiOptions);
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTIONS' }));
    expect(make).toThrow(message);
    for (const secret of [short, TOKEN]) expect(make).not.toThrow(secret);
    expect(bearer.authorization).toContain(TOKEN);
  });
});
