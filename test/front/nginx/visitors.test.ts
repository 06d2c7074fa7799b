import { expect, test } from 'vitest';
import type { NginxOptions } from '../../../src/front/nginx/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { frontOfTest, HIT } from '../setup/nginx-front.js';

const PROXY = 'PROXY TCP4 203.0.113.7 192.0.2.1 5555 443\r\n';
const PLAIN_PROXY = 'PROXY TCP4 203.0.113.7 192.0.2.1 5555 80\r\n';

interface Case {
  readonly options: NginxOptions;
  readonly headers?: readonly string[];
  readonly begin?: string;
  readonly address: string;
  readonly scheme: string;
}

const told = ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https'];
const self = { address: '127.0.0.1', scheme: 'http' };
const visitor = { address: '203.0.113.7', scheme: 'https' };
const trust = ['10.0.0.0/8', '127.0.0.1'];
const proxyProtocol = true;

/** The tests connect from 127.0.0.1. */
const cases: readonly (readonly [string, Case])[] = [
  ['nobody is believed without the option', { options: {}, headers: told, ...self }],
  ['a trusted proxy is believed', { options: { trust }, headers: told, ...visitor }],
  ['others are not believed', { options: { trust: ['10.0.0.0/8'] }, headers: told, ...self }],
  ['a trusted proxy may say nothing', { options: { trust }, ...self }],
  [
    'of a chain of proxies, the last address that is none of theirs counts',
    {
      options: { trust },
      headers: ['X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3'],
      ...visitor,
      scheme: 'http',
    },
  ],
  [
    'a scheme in capitals is one',
    { options: { trust }, headers: ['X-Forwarded-Proto: HTTPS'], ...self, scheme: 'https' },
  ],
  ['a list of schemes is none', { options: { trust }, headers: ['X-Forwarded-Proto: https, http'], ...self }],
  ['an unknown scheme is none', { options: { trust }, headers: ['X-Forwarded-Proto: evil'], ...self }],
  ['the PROXY protocol is believed', { options: { trust, proxyProtocol }, begin: PROXY, ...visitor }],
  [
    'the PROXY protocol tells the port that the visitor used',
    { options: { trust, proxyProtocol }, begin: PLAIN_PROXY, ...visitor, scheme: 'http' },
  ],
  [
    'headers through the PROXY protocol are the word of the client',
    {
      options: { trust, proxyProtocol },
      begin: PLAIN_PROXY,
      headers: ['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Proto: https'],
      ...visitor,
      scheme: 'http',
    },
  ],
  [
    'the PROXY protocol of others is not believed',
    { options: { trust: ['10.0.0.0/8'], proxyProtocol }, begin: PROXY, ...self },
  ],
];

test.each(cases)('%s', async (_, { options, headers = [], begin = '', address, scheme }) => {
  const front = await frontOfTest({ nginx: options });
  front.place('blog.page.html', 'page');
  const ask = async (target: string) =>
    await front.ask(`${begin}${bytesOf({ target, headers: [...headers] })}`);
  const { seen } = await ask('/missing');
  expect(seen[0]?.headers).toMatchObject({ 'x-forwarded-for': [address], 'x-forwarded-proto': [scheme] });
  expect((await ask('/blog')).response.headers['cache-status']).toBe(HIT);
});

test('with the PROXY protocol, a connection that begins otherwise gets nothing', async () => {
  const front = await frontOfTest({ nginx: { trust, proxyProtocol } });
  await expect(front.ask(bytesOf({}))).rejects.toThrow();
  expect(front.app.seen).toEqual([]);
});
