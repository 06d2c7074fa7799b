import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOf } from '../../../src/page/layout.js';
import { bytesOf } from '../../cases/requests.js';
import { cookieCases, languageCases, variantSite } from '../../cases/variants.js';
import { effortFrom } from '../../helpers/effort.js';
import { type GateServer, startGateServer } from '../setup/gate-server.js';
import { type Front, HIT, startFront } from '../setup/nginx-front.js';

let front: Front;
let gate: GateServer;
beforeAll(async () => {
  front = await startFront({ site: variantSite });
  gate = await startGateServer(front.config);
});
afterAll(async () => {
  await gate.stop();
  await front.stop();
});

interface Asked {
  readonly target: string;
  readonly headers: readonly string[];
}

/** Returns the file of the page that the code chooses, and puts the file there. */
async function chosen(asked: Asked): Promise<string | undefined> {
  const decision = await gate.decide(bytesOf(asked));
  const file = decision?.outcome === 'page' ? filesOf(decision.page)[0] : undefined;
  if (file !== undefined) front.place(file, file);
  return file;
}

/** Returns what nginx serves from a file, or `app`. */
async function served(asked: Asked) {
  const { response, seen } = await front.ask(bytesOf(asked));
  const isHit = response.headers['cache-status'] === HIT;
  return { file: isHit ? response.body.toString() : 'app', headers: response.headers, seen };
}

describe('the language', () => {
  test.each(languageCases.map((one) => [one.header.slice(0, 60), one] as const))(
    'of %j',
    async (_, { header, value, by }) => {
      const asked = { target: '/news', headers: [`Accept-Language: ${header}`] };
      const file = `;language=${value}/news.page.html`;
      expect(await chosen(asked)).toBe(file);
      expect((await served(asked)).file).toBe(by ?? file);
    },
  );

  test('of a request without the header is the first', async () => {
    const asked = { target: '/news/', headers: [] };
    expect(await chosen(asked)).toBe(';language=en/news/index.html');
    expect((await served(asked)).file).toBe(';language=en/news/index.html');
  });

  test('of a header that comes twice is that of both lines; to nginx before 1.23, that of the first', async () => {
    for (const [first, second, both, alone] of [
      ['it', 'de', 'de', 'en'],
      ['fr', 'de', 'fr', 'fr'],
      ['it;q=0.9', 'de;q=0.8', 'de', 'en'],
    ]) {
      const headers = [`Accept-Language: ${first}`, `Accept-Language: ${second}`];
      const asked = { target: '/news', headers };
      const file = (value = '') => `;language=${value}/news.page.html`;
      expect(await chosen(asked)).toBe(file(both));
      expect([file(both), file(alone)]).toContain((await served(asked)).file);
    }
  });
});

describe('the cookie', () => {
  test.each(cookieCases.map((one) => [one.cookie, one] as const))(
    '%j',
    async (_, { cookie, value, makes }) => {
      const asked = { target: '/news', headers: ['Accept-Language: fr', `Cookie: ${cookie}`] };
      const file = value === undefined ? undefined : `;language=${value}/news.page.html`;
      expect(await chosen(asked)).toBe(file);
      expect((await served(asked)).file).toBe(file ?? 'app');
      const decision = await gate.decide(bytesOf(asked));
      if (decision?.outcome === 'page')
        expect(decision.captureRefusal).toBe(makes ? undefined : 'cookie-present');
    },
  );

  test('of another rule is personal there', async () => {
    const headers = ['Cookie: lang=de'];
    for (const target of ['/other', '/']) {
      expect(await chosen({ target, headers })).toBeUndefined();
      front.place('other.page.html', 'other');
      expect((await served({ target, headers })).file).toBe('app');
    }
    // The pages of this rule are rendered for nobody.
    const asked = { target: '/prices', headers: ['Cookie: lang=de; sid=1; cur=CHF'] };
    expect(await chosen(asked)).toBe(';currency=CHF/prices.page.html');
    expect((await served(asked)).file).toBe(';currency=CHF/prices.page.html');
  });
});

test('several dimensions have a folder for each combination, beside queries', async () => {
  const headers = ['Sec-CH-UA-Mobile: ?1', 'Cookie: cur=USD; lang=fr'];
  const folder = ';language=fr;device=mobile;currency=USD';
  for (const [target, file] of [
    ['/shop', 'shop.page.html'],
    ['/shop?page=12', 'shop;12/page=12.html'],
    ['/shop/feed.xml', 'shop/feed.xml'],
    ['/shop/caf%C3%A9?page=2', 'shop/café;2/page=2.html'],
    ['/shop/v1.2/', 'shop/v1.2/index.html'],
  ] as const) {
    expect(await chosen({ target, headers })).toBe(`${folder}/${file}`);
    expect((await served({ target, headers })).file).toBe(`${folder}/${file}`);
  }
});

test('hits say what they vary by, and in which language they are', async () => {
  const about = async (asked: Asked) => {
    await chosen(asked);
    const { vary, 'content-language': language } = (await served(asked)).headers;
    return [vary, language];
  };
  const headers = ['Accept-Language: de-CH'];
  expect(await about({ target: '/news', headers })).toEqual([
    'Accept-Encoding, Accept-Language, Cookie',
    'de-CH',
  ]);
  expect(await about({ target: '/shop', headers })).toEqual([
    'Accept-Encoding, Accept-Language, Sec-Ch-Ua-Mobile, Cookie',
    'de-CH',
  ]);
  expect(await about({ target: '/prices', headers })).toEqual(['Accept-Encoding, Cookie', undefined]);
  expect(await about({ target: '/plain', headers })).toEqual(['Accept-Encoding', undefined]);
});

test('the language of a hit is the tag of its value, where these differ', async () => {
  const values = { german: 'de', swiss: 'de-CH', english: 'en' };
  const language = { cookie: 'lang', header: 'Accept-Language', values };
  const other = await startFront({
    site: { variants: { language }, urls: [{ match: /^\/news$/, variants: ['language'] }] },
  });
  try {
    for (const [value, tag] of Object.entries(values)) other.place(`;language=${value}/news.page.html`, tag);
    for (const [header, tag] of [
      ['Accept-Language: de-CH', 'de-CH'],
      ['Accept-Language: en', 'en'],
      ['Cookie: a=1; lang=english', 'en'],
      ['Cookie: lang=swiss', 'de-CH'],
      ['Accept: text/html', 'de'],
    ] as const) {
      const { response } = await other.ask(bytesOf({ target: '/news', headers: [header] }));
      expect([response.body.toString(), response.headers['content-language']]).toEqual([tag, tag]);
    }
  } finally {
    await other.stop();
  }
});

/** Elements of Accept-Language, valid and invalid. */
const tag = fc.constantFrom(
  ...['de', 'en', 'fr', 'de-CH', 'DE-ch', 'de-AT', 'it', 'zh', 'zh-Hant', 'zh-Hant-TW', '*', 'de-x', 'dede'],
  ...['en-toolongsubtag', '', 'd_e', 'de-', '-de', '**', '*-de', 'zh-Hant-'],
);
const weight = fc.constantFrom(
  ...['', '', '', ';q=0.9', ';q=0.8', ';q=0.5', ';q=0.1', ';q=1', ';q=1.0', ';q=0', ';q=0.0', ';q=0.85'],
  ...['; q=0.7', ' ;q=0.6', ';Q=0.4', ';q=1.1', ';q=.5', ';q=0.', ';q', ';x=1', ';q=0.3;x=1', ';q=00.5'],
);
const header = fc
  .array(
    fc.tuple(tag, weight).map(([one, weighed]) => `${one}${weighed}`),
    { maxLength: 6 },
  )
  .chain((parts) => fc.constantFrom(',', ', ', ' ,', ',,', ',\t').map((between) => parts.join(between)));
const cookie = fc
  .array(
    fc.constantFrom(
      ...[
        'lang=de',
        'lang=fr',
        'lang=xx',
        'lang',
        'LANG=en',
        'cur=USD',
        'cur=usd',
        'cur=CHF ',
        '_ga=1',
        'x=y',
      ],
      ...[
        'sid=1',
        'lang = de',
        'lang=de-CH',
        'lang=de\t',
        '=de',
        'a=lang=de',
        'lang=de,cur=USD',
        'currency=EUR',
      ],
    ),
    { maxLength: 4 },
  )
  .chain((parts) => fc.constantFrom('; ', ';', ' ; ', ', ', ' ').map((between) => parts.join(between)));
const mobile = fc.constantFrom('', '?0', '?1', '?1, ?0', ' ?1 ', '1', '?2', '?1;x');
const target = fc.constantFrom(
  '/news',
  '/news/a',
  '/shop?page=2',
  '/shop',
  '/prices',
  '/other',
  '/caf%C3%A9',
);
const COUNT = effortFrom('FUZZ_COUNT', { usual: 400, long: 30_000 });

test(`nginx never chooses otherwise than the code, in ${COUNT} requests`, {
  timeout: 10 * 60_000 + 30 * COUNT,
}, async () => {
  const requests = fc.sample(fc.tuple(target, header, cookie, mobile), { seed: 20_261_201, numRuns: COUNT });
  const outcomes = new Map<string, number>();
  for (const [path, languages, cookies, device] of requests) {
    const headers = [`Accept-Language: ${languages}`, `Cookie: ${cookies}`, `Sec-CH-UA-Mobile: ${device}`];
    const asked = { target: path, headers };
    const file = await chosen(asked);
    const found = (await served(asked)).file;
    expect.soft([asked, found === 'app' || found === file ? 'alike' : found]).toEqual([asked, 'alike']);
    const outcome = found !== 'app' ? 'nginx' : file === undefined ? 'app' : 'left to the app';
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  for (const outcome of ['nginx', 'app', 'left to the app'])
    expect(outcomes.get(outcome)).toBeGreaterThan(COUNT / 20);
});
