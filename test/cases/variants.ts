import type { Options } from '../../src/config.js';

/** A site whose pages differ by language, device and currency: one table for the code and for the servers in front. */
export const variantSite = {
  variants: {
    language: { cookie: 'lang', header: 'Accept-Language', values: ['en', 'de', 'fr', 'de-CH', 'zh-Hant'] },
    device: { header: 'Sec-CH-UA-Mobile', values: { desktop: '?0', mobile: '?1' } },
    currency: { cookie: 'cur', values: ['EUR', 'USD', 'CHF'] },
  },
  urls: [
    { match: /^\/news(?:\/|$)/, variants: ['language'] },
    { match: /^\/shop/, variants: ['currency', 'device', 'language'], query: { page: /[1-9]\d*/ } },
    { match: /^\/prices/, variants: ['currency'], as: 'nobody' },
    /^\//,
  ],
} satisfies Partial<Options>;

export interface LanguageCase {
  readonly header: string;
  readonly value: string;
  /** Set if nginx leaves the request to the app, which chooses this value. */
  readonly by?: 'app';
}

const sure = (header: string, value: string): LanguageCase => ({ header, value });
const app = (header: string, value: string): LanguageCase => ({ header, value, by: 'app' });

export const languageCases: readonly LanguageCase[] = [
  // As browsers send them.
  sure('de', 'de'),
  sure('de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'de'),
  sure('en-US,en;q=0.5', 'en'),
  sure('fr-CA, fr;q=0.9, en;q=0.8', 'fr'),
  sure('it-IT,it;q=0.9,fr;q=0.8,de;q=0.7', 'fr'),
  sure('de-CH,de;q=0.9', 'de-CH'),
  sure('de-AT', 'de'),
  sure('DE-at', 'de'),
  sure('de-ch-1996', 'de-CH'),
  sure('zh-hant-tw', 'zh-Hant'),
  sure('zh', 'en'),
  sure('it', 'en'),
  sure('nl,it;q=0.9', 'en'),
  sure('*', 'en'),
  sure('de,*;q=0.5', 'de'),
  sure('it,*;q=0.5', 'en'),
  sure('*;q=0.1', 'en'),
  sure('de;q=1', 'de'),
  sure('de;q=1.0,fr;q=0.9', 'de'),
  sure('it;q=0.9,de;q=0.8', 'de'),
  sure('de,', 'de'),
  sure('', 'en'),
  // RFC 9110 §12.5.4; RFC 4647 §3.4.
  app('da;q=1.00, en-gb;q=0.8, en;q=0.7', 'en'),
  sure('da, en-gb;q=0.8, en;q=0.7', 'en'),
  // Weights in another order, or with more digits.
  app('en;q=0.5,de;q=0.9', 'de'),
  app('it;q=0.5,de;q=0.85', 'de'),
  app('it,de;q=0.25,fr;q=0.255', 'fr'),
  sure('de;q=0.5,fr;q=0.5', 'de'),
  // Languages that the client does not want.
  app('it,en;q=0,*;q=0.1', 'de'),
  app('en;q=0', 'en'),
  app('de;q=0,fr;q=0.1', 'fr'),
  app('*;q=0', 'en'),
  app('it,*;q=0', 'en'),
  app('*,de', 'en'),
  app('*;q=0.5,en;q=0.1', 'de'),
  app('en;q=0.1,de;q=0.1,*;q=0.9', 'fr'),
  sure('fr;q=0.2,*;q=0.1', 'fr'),
  // Malformed elements are skipped.
  app('de;q=2,fr', 'fr'),
  app('de;q=-1', 'en'),
  app('de;q=', 'en'),
  app('de;level=1', 'en'),
  app('de fr', 'en'),
  app('d\u00e9', 'en'),
  app('deutschland', 'en'),
  app('de_AT', 'en'),
  app('"de"', 'en'),
  app('*-CH', 'en'),
  app('it;q=0.5;q=0.9,de;q=0.1', 'de'),
  app(';', 'en'),
  app(',', 'en'),
  app('it, ,de', 'de'),
  app('de ;q=0.9', 'de'),
  app('de; q=0.9', 'de'),
  app('de;Q=0.99', 'de'),
  app('de\t', 'de'),
  // The client wants nothing more than the first element, whatever follows.
  sure('de,fr;q=2,???', 'de'),
  sure(`de,${'x,'.repeat(2_000)}`, 'de'),
  sure(`${'it,'.repeat(1_000)}de`, 'de'),
  sure('it,'.repeat(1_000), 'en'),
];

export interface CookieCase {
  readonly cookie: string;
  /** `undefined` if the request is personal, so that the app answers. */
  readonly value: string | undefined;
  /** Whether such a request may make the page. */
  readonly makes?: true;
}

/** Cookies of requests that also send `Accept-Language: fr`. */
export const cookieCases: readonly CookieCase[] = [
  { cookie: 'lang=de', value: 'de', makes: true },
  { cookie: 'lang=de-CH', value: 'de-CH', makes: true },
  { cookie: '_ga=1; lang=de', value: 'de', makes: true },
  { cookie: 'lang=de; _ga=1', value: 'de', makes: true },
  { cookie: ' lang=de ;', value: 'de', makes: true },
  { cookie: 'lang=', value: 'fr' },
  { cookie: 'lang=xx', value: 'fr' },
  { cookie: 'lang=DE', value: 'fr' },
  { cookie: 'lang="de"', value: 'fr' },
  { cookie: 'lang=de%20', value: 'fr' },
  { cookie: 'lang=de-', value: 'fr' },
  { cookie: 'lang=xx; lang=de', value: 'de' },
  { cookie: 'lang=de; lang=en', value: 'de' },
  { cookie: 'LANG=de', value: 'fr' },
  { cookie: 'xlang=de', value: undefined },
  { cookie: 'lang', value: undefined },
  { cookie: 'lang=de; cur=USD', value: undefined },
  { cookie: 'lang=de, sid=1', value: undefined },
  { cookie: 'lang=de sid=1', value: undefined },
  { cookie: 'lang=de; sid=1', value: undefined },
  { cookie: 'x=1; lang=de', value: 'de' },
  { cookie: 'x=1 lang=de', value: 'fr' },
  { cookie: 'x=1,lang=de', value: 'fr' },
];
