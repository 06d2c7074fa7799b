import type { UrlRule } from '../../src/page/rules.js';

/**
 * Which queries have their own pages, and in which files: one table for the code and for the servers in front. The site
 * has {@link queryRules} and ignores `utm_*`.
 */
export interface QueryCase {
  /** As sent. */
  readonly target: string;
  /** What the code decides: the request may make the page, may only be answered from the page, or goes to the app. */
  readonly answer: 'page' | 'spelling' | 'ignored' | 'app';
  /** The path of the page, if it differs from the target. */
  readonly page?: string;
  /** The file that a server looks for first, or that the code uses; `json` is its file as JSON. */
  readonly file?: string;
  readonly json?: string;
  readonly why?: string;
}

export const queryRules: readonly UrlRule[] = [
  { match: /^\/plain$/ },
  { match: /^\/(?:list|notes\/)$/, query: { sort: ['new', 'old'], page: /^[1-9]\d{0,3}$/ } },
  {
    match: /^\/(?:caf[e\u00e9]|feed\.xml|data\.d\/v1\.2)$/,
    query: { page: /[1-9]\d*/, tag: /^[^,]{1,40}$/ },
  },
  { match: /^\/$/, query: { 'a.b-c_1': ['x', 'a/b', 'ä b', '..', "it's"] } },
];

export const queryIgnored: readonly string[] = ['utm_*'];

const page = (target: string, file: string, json?: string, why?: string): QueryCase => ({
  ...{ target, answer: 'page', file },
  ...(json === undefined ? {} : { json }),
  ...(why === undefined ? {} : { why }),
});
const both = (target: string, name: string, why?: string): QueryCase =>
  page(target, `${name}.html`, `${name}.json`, why);
const other = (target: string, path: string, why: string): QueryCase => ({
  ...{ target, answer: 'spelling', page: path, why },
});
const ignored = (target: string, path: string, why: string): QueryCase => ({
  ...{ target, answer: 'ignored', page: path, why },
});
const app = (target: string, why: string): QueryCase => ({ target, answer: 'app', why });

export const queryPages: readonly QueryCase[] = [
  both('/list', 'list.page'),
  both('/list?page=2', 'list;2/page=2'),
  both('/list?page=1234', 'list;34/page=1234'),
  both('/list?page=9999&sort=new', 'list;99/page=9999&sort=new', 'patterns come before lists'),
  both('/list?sort=old', 'list;ld/sort=old'),
  page('/notes/?page=2', 'notes/;2/page=2.html', undefined, 'a folder'),
  page('/feed.xml?page=12', 'feed.xml;12/page=12.xml', undefined, 'a path with an extension'),
  both('/data.d/v1.2?page=12', 'data.d/v1.2;12/page=12', 'a dot that begins no extension'),
  both('/caf%C3%A9?page=3', 'café;3/page=3', 'an escaped path'),
  both('/cafe?tag=a%20b', 'cafe;0b/tag=a%20b', 'an escaped space'),
  both('/cafe?tag=%C3%A4', 'cafe;A4/tag=%C3%A4', 'an escaped letter'),
  both('/cafe?tag=a%26b%3Dc', 'cafe;Dc/tag=a%26b%3Dc', 'what parts parameters, escaped'),
  both('/cafe?tag=%2E%2E'.replaceAll('%2E', '.'), 'cafe;../tag=..', 'dots'),
  both('/cafe?tag=x.html', 'cafe;ml/tag=x.html', 'an extension in a value'),
  both('/cafe?tag=x.gz', 'cafe;gz/tag=x.gz', 'the suffix of a coding in a value'),
  both('/cafe?tag=%2Fetc%2Fpasswd', 'cafe;wd/tag=%2Fetc%2Fpasswd', 'an escaped slash'),
  page('/?a.b-c_1=x', ';x/a.b-c_1=x.html', undefined, 'the root'),
  page('/?a.b-c_1=..', ';../a.b-c_1=...html', undefined, 'the root, with dots'),
  page('/?a.b-c_1=a%2Fb', ';Fb/a.b-c_1=a%2Fb.html'),
  page('/?a.b-c_1=%C3%A4%20b', ';0b/a.b-c_1=%C3%A4%20b.html'),
  page('/?a.b-c_1=it%27s', ';7s/a.b-c_1=it%27s.html'),
];

export const otherQueries: readonly QueryCase[] = [
  other('/list?sort=new&page=2', '/list?page=2&sort=new', 'another order'),
  other('/list?page=%32', '/list?page=2', 'an escape of what needs none'),
  other('/cafe?tag=a+b', '/cafe?tag=a%20b', 'a plus for a space'),
  other('/cafe?tag=%c3%a4', '/cafe?tag=%C3%A4', 'an escape in lower case'),
  other('/cafe?tag=a=b', '/cafe?tag=a%3Db', 'an equals sign in a value'),
  other("/?a.b-c_1=it's", '/?a.b-c_1=it%27s', 'a quote'),
  other('/?a.b-c_1=a/b', '/?a.b-c_1=a%2Fb', 'a slash'),
  other('/cafe?tag=%2e%2E', '/cafe?tag=..', 'escaped dots'),
  ignored('/list?utm_source=x', '/list', 'an ignored parameter alone'),
  ignored('/list?page=2&utm_source=x', '/list?page=2', 'an ignored parameter after'),
  ignored('/list?utm_source=x&page=2', '/list?page=2', 'an ignored parameter before'),
  ignored('/list?sort=new&utm_a&page=2', '/list?page=2&sort=new', 'one without a value, and another order'),
  app('/list?', 'an empty query'),
  app('/list?&page=2', 'an empty parameter'),
  app('/list?page=2&', 'an empty parameter at the end'),
  app('/list?page=0', 'a value that the pattern does not match'),
  app('/list?page=12345', 'a value that is too long for the pattern'),
  app('/list?page=2%0A', 'a line break at the end'),
  app('/feed.xml?page=2x', 'a value of which the pattern matches a part'),
  app('/list?page=', 'an empty value'),
  app('/list?page', 'no value'),
  app('/list?=2', 'no name'),
  app('/list?Page=2', 'another case'),
  app('/list?page[]=2', 'a list'),
  app('/list?%70age=2', 'an escaped name'),
  app('/list?sort=best', 'a value that is not listed'),
  app('/list?sort=New', 'a listed value in another case'),
  app('/list?page=2&page=2', 'a parameter twice'),
  app('/list?page=2&x=1', 'an unknown parameter'),
  app('/list?x=1', 'an unknown parameter alone'),
  app('/list?page=2?sort=new', 'a question mark in a value'),
  app('/list?page=2;sort=new', 'a semicolon'),
  app('/list?page=%', 'half an escape'),
  app('/list?page=%ff', 'an escape that is no UTF-8'),
  app('/cafe?tag=%00', 'a control character'),
  app('/cafe?tag=a,b', 'what the pattern excludes'),
  app(`/cafe?page=2&tag=${'%C3%A4'.repeat(40)}`, 'a query that is too long for the name of a file'),
  app('/plain?page=2', 'a rule without queries'),
  app('/list/?page=2', 'no rule for this form'),
  app('/nothing?page=2', 'no rule'),
  app('/list;2/page=2.html', 'the file of a page'),
  app('/list%3B2/page=2.html', 'the file of a page, escaped'),
  app('/list%3Fpage=2', 'an escaped question mark'),
];
