import { describe, expect, test } from 'vitest';
import type { Options } from '../../src/config.js';
import { fingerprintOf } from '../../src/front/fingerprint.js';
import type { Gate } from '../../src/front/gate.js';
import type { FrontOptions } from '../../src/front/options/options.js';
import { bypassHeadersOf, defaultBypassHeaders } from '../../src/page/request/bypass-headers.js';
import { UNVOUCHED } from '../../src/page/request/gate.js';
import { described } from './setup/description.js';
import { fromPcre } from './setup/pcre.js';
import { siteConfig } from './setup/site-config.js';

const localhost = { name: 'localhost', hostHeaders: ['localhost'], folder: '' };

const cases: readonly (readonly [string, Partial<Options>, FrontOptions, Partial<Gate>])[] = [
  [
    'default options',
    {},
    {},
    {
      methods: ['GET', 'HEAD'],
      bypassHeaders: bypassHeadersOf(defaultBypassHeaders),
      ignoredQuery: undefined,
      hosts: [localhost],
    },
  ],
  [
    'headers of its own that bypass',
    { bypassHeaders: ['X-A'] },
    {},
    { bypassHeaders: bypassHeadersOf(['x-a']) },
  ],
  ['no cookies that matter', { bypassCookies: [] }, {}, { bypassCookies: undefined }],
  [
    'one host',
    { hosts: ['a.example'] },
    {},
    { hosts: [{ name: 'a.example', hostHeaders: ['a.example'], folder: '' }] },
  ],
  [
    'several hosts, each with a folder of its own',
    { hosts: ['a.example', 'b.example'] },
    {},
    {
      hosts: [
        { name: 'a.example', hostHeaders: ['a.example'], folder: 'a.example' },
        { name: 'b.example', hostHeaders: ['b.example'], folder: 'b.example' },
      ],
    },
  ],
  [
    'a server for one of several hosts, which has its folder all the same',
    { hosts: ['a.example', 'b.example'] },
    { serverNames: ['b.example:8443'] },
    { hosts: [{ name: 'b.example', hostHeaders: ['b.example:8443'], folder: 'b.example' }] },
  ],
];

test.each(cases)('the gate of a site with %s', (_, site, options, expected) => {
  expect(described(site, options).gate).toMatchObject(expected);
});

describe('the cookies that make a request personal', () => {
  test.each([
    ['sid=1', true],
    ['a=1; SID=1', true],
    ['shop.sid', true],
    ['a=sid', false],
    ['side=1', false],
    ['', false],
  ])('are found in %j: %s', (header, expected) => {
    const { bypassCookies = '(?!)' } = described({ bypassCookies: ['sid', '*.sid'] }).gate;
    expect(fromPcre(bypassCookies, 'i').test(header)).toBe(expected);
  });
});

describe('the query strings that change nothing', () => {
  test.each([
    ['?utm_source=x', true],
    ['?utm_source&fbclid=1', true],
    ['?id=1', false],
    ['?utm_source=x&id=1', false],
    ['?', false],
  ])('are matched whole in %j: %s', (query, expected) => {
    const { ignoredQuery = '(?!)' } = described({ ignoreQuery: ['utm_*', 'fbclid'] }).gate;
    expect(new RegExp(`^(?:${ignoredQuery})$`).test(query)).toBe(expected);
  });
});

test('the server vouches with the fingerprint, and with a word that is none for other hosts', () => {
  const site = { headers: { 'X-A': '1' } };
  expect(described(site).gate.vouchers).toEqual({
    known: fingerprintOf(siteConfig(site)),
    unknown: UNVOUCHED,
  });
});
