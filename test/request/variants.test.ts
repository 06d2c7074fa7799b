import { readdir } from 'node:fs/promises';
import cookieParser from 'cookie-parser';
import { describe, expect, test } from 'vitest';
import type { Options } from '../../src/config.js';
import { deferred } from '../helpers/deferred.js';
import { type RequestOptions, type Site, startSite } from '../helpers/site/site.js';

const OPTIONS = {
  variants: {
    language: { cookie: 'lang', header: 'accept-language', values: ['en', 'de', 'fr'] },
    device: { header: 'sec-ch-ua-mobile', values: { desktop: '?0', mobile: '?1' } },
    currency: { cookie: 'cur', values: ['EUR', 'USD'] },
  },
  urls: [
    { match: /^\/news\/?$/, variants: ['language'], query: { page: /^\d$/ } },
    { match: /^\/shop$/, variants: ['currency', 'device'] },
    { match: /^\/prices$/, variants: ['currency'], as: 'nobody' as const },
    { match: /^\/patient$/, variants: ['language'], storeAfter: 2 },
    /^\//,
  ],
} satisfies Partial<Options>;

/** Starts a site that greets in the language that was chosen. */
async function startShop(options: Partial<Options> = {}): Promise<Site> {
  return await startSite(
    (app, pages) => {
      app.use(cookieParser());
      const shown: Readonly<Record<string, readonly string[]>> = {
        ...{ news: ['language'], shop: ['currency', 'device'], prices: ['currency'], patient: ['language'] },
      };
      app.get('/:name', (request, response) => {
        const values = (shown[request.params.name] ?? []).map((name) => pages.variant(name));
        response.send(`${request.url} ${values.join(' ')}`);
      });
    },
    { ...OPTIONS, ...options },
  );
}

const speaking = (language: string): RequestOptions => ({ headers: { 'accept-language': language } });
const withCookie = (cookie: string): RequestOptions => ({ headers: { cookie } });

test('each language has a page of its own', async () => {
  const site = await startShop();
  for (const language of ['en', 'de-AT,de;q=0.9', 'fr;q=0.5,it'])
    expect((await site.visit('/news', speaking(language))).outcome).toBe('stored');
  for (const [language, body] of [
    ['en-GB', '/news en'],
    ['de', '/news de'],
    ['fr', '/news fr'],
    ['it', '/news en'],
    ['de;q=0.1,fr;q=0.2', '/news fr'],
  ] as const) {
    const hit = await site.request('/news', speaking(language));
    expect([hit.cache, hit.body]).toEqual(['staticgenerator; hit', body]);
  }
  expect((await site.request('/news', withCookie('lang=fr'))).body).toBe('/news fr');
  const files = await readdir(site.webRoot, { recursive: true });
  expect(files.filter((name) => name.includes('news')).sort()).toEqual([
    ...[';language=de/news.page.html', ';language=en/news.page.html', ';language=fr/news.page.html'],
  ]);
});

test('a cookie chooses before the header, and may make the page', async () => {
  const site = await startShop();
  const both = { headers: { cookie: 'lang=de', 'accept-language': 'fr' } };
  expect(await site.visit('/news', both)).toMatchObject({ body: '/news de', outcome: 'stored' });
  expect((await site.request('/news', speaking('de'))).cache).toBe('staticgenerator; hit');
  expect((await site.visit('/shop', withCookie('cur=USD'))).outcome).toBe('stored');
  expect((await site.request('/shop', withCookie('cur=USD'))).body).toBe('/shop USD desktop');
});

test('a value that there is not is as if it were absent, and makes no page', async () => {
  const site = await startShop();
  const unknown = { headers: { cookie: 'lang=xx', 'accept-language': 'fr' } };
  expect(await site.visit('/news', unknown)).toMatchObject({ body: '/news fr', outcome: 'cookie-present' });
  await site.visit('/news', speaking('fr'));
  expect(await site.request('/news', unknown)).toMatchObject({
    cache: 'staticgenerator; hit',
    body: '/news fr',
  });
});

test('the cookie of a dimension that a rule does not name sends the request to the app', async () => {
  const site = await startShop();
  for (const target of ['/other', '/shop'])
    expect((await site.request(target, withCookie('lang=de'))).cache).toBe(
      'staticgenerator; fwd=bypass; detail=cookie',
    );
  const ignoring = await startShop({ ignoreCookies: { add: ['cur'] } });
  expect((await ignoring.visit('/other', withCookie('cur=USD'))).outcome).toBe('stored');
});

describe('the headers', () => {
  const about = ({ headers }: { headers: Readonly<Record<string, unknown>> }) => [
    headers.vary,
    headers['content-language'],
  ];
  const expected = (...names: string[]) => names.join(', ');

  test('of a hit and of a miss name what was chosen by', async () => {
    const site = await startShop();
    const miss = await site.visit('/news', speaking('de'));
    expect(about(miss)).toEqual(['Accept-Language, Cookie', 'de']);
    const hit = await site.request('/news', speaking('de'));
    expect(about(hit)).toEqual([expected('Accept-Encoding', 'Accept-Language', 'Cookie'), 'de']);
    const shop = await site.visit('/shop');
    expect(about(shop)).toEqual(['Sec-Ch-Ua-Mobile, Cookie', undefined]);
  });

  test.each([
    ['of a visitor who is signed in', '/news', { cookie: 'sid=1', 'accept-language': 'de' }],
    ['of a query that is no page', '/news?x=1', { 'accept-language': 'de' }],
    ['of a page that is not asked for often enough', '/patient', { 'accept-language': 'de' }],
    ['of a HEAD', '/news', { 'accept-language': 'de' }],
    ['of another request that makes no page', '/news', { 'accept-language': 'de', 'x-requested-with': 'a' }],
  ])('%s, too', async (name, target, headers) => {
    const site = await startShop();
    const method = name === 'of a HEAD' ? 'HEAD' : 'GET';
    const answer = await site.request(target, { method, headers });
    expect(about(answer)).toEqual(['Accept-Language, Cookie', 'de']);
    if (method === 'GET') expect(answer.body).toBe(`${target} de`);
  });

  test('of the app are kept', async () => {
    const site = await startSite((app, pages) => {
      app.get('/news', (_request, response) => {
        response.vary('Accept-Language').set('Content-Language', 'en');
        response.send(pages.variant('language'));
      });
    }, OPTIONS);
    const miss = await site.visit('/news', speaking('de'));
    expect([miss.outcome, ...about(miss)]).toEqual(['stored', 'Accept-Language, Cookie', 'en']);
    const hit = await site.request('/news', speaking('de'));
    expect([hit.cache, ...about(hit)]).toEqual([
      ...['staticgenerator; hit', expected('Accept-Encoding', 'Accept-Language', 'Cookie'), 'en'],
    ]);
    // nginx would send it with `Content-Language: de`.
    expect(await readdir(site.webRoot)).not.toContain(';language=de');
    const advice = site.logger.lines.filter(({ message }) => message.startsWith('Node serves'));
    expect(advice.map(({ message }) => message)).toEqual([expect.stringContaining('call `variant()`')]);
  });

  test('that name more than what was chosen by make no page', async () => {
    const site = await startSite((app, pages) => {
      app.get('/prices', (_request, response) => {
        response.vary('Accept-Language').send(pages.variant('currency'));
      });
    }, OPTIONS);
    expect((await site.visit('/prices')).outcome).toBe('vary');
  });
});

describe('a page is not stored', () => {
  const startOdd = async (show: (site: Site['pages'], request: { headers: object }) => unknown) =>
    await startSite((app, pages) => {
      app.get(/.*/, (request, response) => void response.send(String(show(pages, request))));
    }, OPTIONS);

  test('if the app reads the header itself', async () => {
    const site = await startOdd(
      (pages, { headers }) => `${pages.variant('language')}${Reflect.get(headers, 'accept-language')}`,
    );
    expect((await site.visit('/news', speaking('de'))).outcome).toBe('reads-header');
    expect(site.logger.lines.map(({ message }) => message).join()).toContain('ask for it with `variant()`');
  });

  test('if the app does not ask for what the rule names', async () => {
    const site = await startOdd(() => 'the same in all languages');
    const { outcome } = await site.visit('/news');
    expect(outcome).toBe('variant');
    expect(site.logger.lines.at(-1)?.fields).toMatchObject({ detail: 'language is not asked for' });
  });

  test('if the app asks for what the rule does not name', async () => {
    const site = await startOdd((pages) => pages.variant('language') + pages.variant('currency'));
    const { outcome, cache } = await site.visit('/news', speaking('de'));
    expect([outcome, cache]).toEqual(['variant', 'staticgenerator; fwd=uri-miss; detail=variant']);
    expect((await site.visit('/other')).outcome).toBe('variant');
  });
});

test('the value is there for requests that make no page', async () => {
  const site = await startSite((app, pages) => {
    app.post('/form', (_request, response) => void response.send(pages.variant('language')));
    app.get('/news', async (_request, response) => {
      await new Promise((resolve) => setImmediate(resolve));
      response.send(pages.variant('language'));
    });
  }, OPTIONS);
  const post = { method: 'POST', headers: { 'accept-language': 'fr' } };
  expect((await site.request('/form', post)).body).toBe('fr');
  expect((await site.request('/news', { headers: { cookie: 'lang=de; sid=1' } })).body).toBe('de');
  expect(site.pages.variant('language')).toBe('en');
  expect(() => site.pages.variant('lanugage')).toThrow(
    expect.objectContaining({
      code: 'ERR_BAD_VARIANT',
      message: expect.stringContaining('language, device'),
    }),
  );
});

test('a page for nobody has variants, and visitors with a session get them', async () => {
  const site = await startShop();
  expect((await site.visit('/prices', withCookie('cur=USD'))).outcome).toBe('stored');
  const hit = await site.request('/prices', withCookie('sid=1; cur=USD; lang=de'));
  expect([hit.cache, hit.body]).toEqual(['staticgenerator; hit', '/prices USD']);
});

test('deletion by any name of the page removes all variants', async () => {
  const site = await startShop();
  const store = async () => {
    for (const target of ['/news', '/news?page=1', '/news?page=2'])
      for (const language of ['en', 'de'])
        await site.ask(target).then(() => site.request(target, speaking(language)));
    for (const target of ['/news', '/news?page=1', '/news?page=2'])
      await expect
        .poll(async () => (await site.request(target, speaking('de'))).cache)
        .toBe('staticgenerator; hit');
  };
  const left = async () => {
    const found: string[] = [];
    for (const target of ['/news', '/news?page=1', '/news?page=2'])
      for (const language of ['en', 'de']) {
        const headers = { 'accept-language': language, 'cache-control': 'no-store' };
        if ((await site.request(target, { headers })).cache.endsWith('hit'))
          found.push(`${target} ${language}`);
      }
    return found;
  };
  await store();
  await site.pages.quickDelete('/news?page=1');
  expect(await left()).toEqual(['/news en', '/news de', '/news?page=2 en', '/news?page=2 de']);
  await store();
  expect((await site.pages.quickDelete('/news/')).deleted).toEqual([
    ...['/news>language=de', '/news>language=en', '/news?page=1>language=de', '/news?page=1>language=en'],
    ...['/news?page=2>language=de', '/news?page=2>language=en'],
  ]);
  expect(await left()).toEqual([]);
  await store();
  await site.pages.quickDelete('/n*');
  expect(await left()).toEqual([]);
});

test('a deletion during the render of one variant voids it, whichever was named', async () => {
  const [begun, go] = [deferred(), deferred()];
  const site = await startSite((app, pages) => {
    app.get('/news', async (_request, response) => {
      const language = pages.variant('language');
      begun.resolve();
      await go.promise;
      response.send(language);
    });
  }, OPTIONS);
  const visit = site.visit('/news?page=1', speaking('de'));
  await begun.promise;
  await site.pages.quickDelete('/news');
  go.resolve();
  expect((await visit).outcome).toBe('voided');
});

test('quickPublish makes the first variant, and those that are stored', async () => {
  const site = await startShop();
  expect((await site.pages.quickPublish('/news')).stored.map(({ file }) => file)).toEqual([
    ';language=en/news.page.html',
  ]);
  await site.visit('/news', speaking('fr'));
  const { stored, refused } = await site.pages.quickPublish('/news', '/shop');
  expect(refused).toEqual([]);
  expect(stored.map(({ path, file }) => [path, file])).toEqual([
    ['/news>language=en', ';language=en/news.page.html'],
    ['/shop>device=desktop;currency=EUR', ';device=desktop;currency=EUR/shop.page.html'],
    ['/news>language=fr', ';language=fr/news.page.html'],
  ]);
  expect((await site.request('/news', speaking('fr'))).body).toBe('/news fr');
});

test('regenerating replaces every variant', async () => {
  let version = 1;
  const site = await startSite((app, pages) => {
    app.get('/news', (_request, response) => void response.send(`${pages.variant('language')} ${version}`));
  }, OPTIONS);
  for (const language of ['en', 'de']) await site.visit('/news', speaking(language));
  version = 2;
  const { regenerated } = await site.pages.quickDelete('/news', { refresh: 'regenerate' });
  expect(regenerated).toEqual(['/news>language=de', '/news>language=en']);
  for (const language of ['en', 'de'])
    expect(await site.request('/news', speaking(language))).toMatchObject({
      ...{ cache: 'staticgenerator; hit', body: `${language} 2` },
    });
});
