import { LITERALS } from '../../page/grammar.js';
import { PLAIN_VALUE, pageQuerySource } from '../../page/query.js';
import type { CookieNames } from '../../page/request/cookies.js';
import type { Gate, GateHost } from '../gate.js';
import type { Layout, QueryLayout } from '../layout.js';
import {
  block,
  celString,
  comment,
  directive,
  escapePattern,
  literal,
  raw,
  re2,
  type Statement,
  type Word,
} from './directives.js';

/** The request target as it was sent. */
const TARGET = '{http.request.orig_uri}';

export const PAGE = '@staticgenerator_page';
/** Empty if the page has no query. */
export const QUERY = '{staticgenerator_query}';
const FOLDER = '{staticgenerator_folder}';
export const VOUCHER = '{staticgenerator_voucher}';
export const HOST = '{staticgenerator_host}';
const HOST_HEADER = '{http.request.hostport}';

/** Returns the map of the hosts that have pages, and of their folders. Caddy computes nothing before it is used. */
export function hostMap({ hosts, vouchers }: Gate): readonly Statement[] {
  const folders = (values: readonly string[]) => (hasFolders(hosts) ? values.map((value) => raw(value)) : []);
  return [
    comment(
      'The hosts that have pages. The app learns from a header whether the host is one, and stores pages for no others.',
    ),
    block(
      ['map', raw(HOST_HEADER), raw(VOUCHER), ...folders([FOLDER])],
      ...hosts.map(({ name, hostHeaders, folder }, index) =>
        directive(
          raw(patternOf(hostHeaders, index === 0 && hostHeaders.includes(name))),
          raw(vouchers.known),
          ...folders([folder]),
        ),
      ),
      directive('default', vouchers.unknown),
    ),
    comment('Without a Host header (HTTP/1.0), the host is the first name.'),
    block(
      ['map', raw(HOST_HEADER), raw(HOST)],
      directive(raw('~\\A\\z'), hosts[0]?.name ?? ''),
      directive('default', raw(HOST_HEADER)),
    ),
  ];
}

function patternOf(hostHeaders: readonly string[], mayBeEmpty: boolean): string {
  return `~(?i)\\A(?:${hostHeaders.map(escapePattern).join('|')})${mayBeEmpty ? '?' : ''}\\z`;
}

/** Returns the folder of a request's pages. It has a placeholder only with several hosts: an empty one would become a dot. */
export function folderOfPages(root: string, { hosts }: Gate): Word {
  return raw(hasFolders(hosts) ? `${literal(root)}/${FOLDER}` : literal(root));
}

function hasFolders(hosts: readonly GateHost[]): boolean {
  return hosts.some(({ folder }) => folder !== '');
}

/** Matches the requests that a page may answer. */
export function pageMatcher(gate: Gate, layout: Layout): readonly Statement[] {
  const expression = conditionsOf(gate, layout).join('\n&& ');
  return [
    comment(
      'May a page answer this request? Only a GET or HEAD for one of these hosts, for which everything listed here is empty, without cookies of\n' +
        'visitors who have logged in or chosen something; and only if the target, as the client sent it, is the canonical spelling of a\n' +
        'path that may be a page.',
    ),
    block(
      [PAGE],
      directive('expression', raw(expression)),
      // Caddy knows of this header since version 2.9.
      directive('not', 'header', 'Transfer-Encoding', '*'),
    ),
  ];
}

function conditionsOf(gate: Gate, layout: Layout): readonly string[] {
  const { methods, vouchers, bypassHeaders, accept, scheme } = gate;
  const query = queryCondition(gate, layout);
  const path = query === undefined ? TARGET : `${TARGET}.split("?", 2)[0]`;
  const empty = bypassHeaders.map((name) => `{http.request.header.${name}}`).join(' + ');
  return [
    `{http.request.method} in [${methods.map(celString).join(', ')}]`,
    `${VOUCHER} == ${celString(vouchers.known)}`,
    `${empty} == ""`,
    // A request gets no page if its Accept differs from that of a browser that opens a page, or if it has another
    // scheme.
    ...(accept === undefined
      ? []
      : [`{http.request.header.accept}.matches(${celString(`\\A(?:${re2(accept)})\\z`)})`]),
    ...(scheme === undefined ? [] : [`{http.request.scheme} == ${celString(scheme)}`]),
    `${path}.matches(${celString(`\\A${re2(layout.linear.path)}\\z`)})`,
    `!${path}.matches(${celString(re2(layout.linear.never))})`,
    ...(query === undefined ? [] : [query]),
    ...cookieCondition(gate),
  ];
}

/** Returns `undefined` if no page has a query and no query is ignored. */
function queryCondition({ linear }: Gate, { query }: Layout): string | undefined {
  const sources = [
    ...(linear.ignoredQuery === undefined ? [] : [linear.ignoredQuery]),
    ...(query === undefined ? [] : [`\\?${plainQuerySource(query)}`]),
  ];
  if (sources.length === 0) return undefined;
  return `${TARGET}.matches(${celString(`\\A[^?]*(?:${re2(sources.join('|'))})?\\z`)})`;
}

/** Returns a pattern of queries without escapes, because Caddy would decode the name of a file once more. */
function plainQuerySource({ names }: QueryLayout): string {
  return pageQuerySource(names, { value: PLAIN_VALUE });
}

/**
 * Returns the map of what a file has after the path of a page that a query selects: the folder and the query. The file
 * exists only if the query is spelled in the one correct way, and the app has stored the page.
 */
export function queryMap({ query }: Layout): readonly Statement[] {
  if (query === undefined) return [];
  const source = `~\\A[^?]*\\?(${re2(plainQuerySource(query))})\\z`;
  return [
    comment(
      'Pages that a query string selects, if nothing in it is escaped: Caddy would decode the names of their files. The app serves the others.',
    ),
    block(
      ['map', raw(TARGET), raw(QUERY)],
      directive(raw(source), raw(`${query.before}$2/$1`)),
      directive('default', raw('')),
    ),
  ];
}

function cookieCondition({ linear: { cookies }, paths }: Gate): readonly string[] {
  if (cookies === undefined) return [];
  const isPersonal = `{http.request.header.cookie}${parted}.exists(c, ${personal(cookies)})`;
  const nobody = nobodyCondition(paths);
  return [nobody === undefined ? `!${isPersonal}` : `(${nobody} || !${isPersonal})`];
}

/** Splits a Cookie header wherever a name could begin. */
const parted = '.replace(",", ";").replace(" ", ";").replace("\\t", ";").split(";")';

function personal({ looks, unless, always }: CookieNames): string {
  const matches = (source: string) => `c.matches(${celString(`\\A(?i:${re2(source)})(?:=|\\z)`)})`;
  const exempt = unless === undefined ? '' : ` && !${matches(unless)}`;
  return [
    ...(looks === undefined ? [] : [`(${matches(looks)}${exempt})`]),
    ...(always === undefined ? [] : [matches(always)]),
  ].join(' || ');
}

/** The first path that matches decides. */
function nobodyCondition(paths: Gate['paths']): string | undefined {
  if (paths.length === 0) return undefined;
  const decision = paths.reduceRight(
    (otherwise, { pattern, isForNobody }) =>
      `${TARGET}.matches(${celString(re2(pattern))}) ? ${isForNobody} : (${otherwise})`,
    'false',
  );
  return `(${TARGET}.matches(${celString(`\\A[/${LITERALS}]+\\z`)}) && (${decision}))`;
}
