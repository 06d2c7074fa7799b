import { LITERALS } from '../../page/grammar.js';
import { pageQuerySource } from '../../page/query.js';
import type { Gate, GateHost } from '../gate.js';
import type { Layout } from '../layout.js';
import { comment, directive, escapePattern, rewriting, type Statement } from './directives.js';

/** What the rules note down about a request, by the names of its variables. */
export const noted = {
  voucher: 'staticgenerator_voucher',
  folder: 'staticgenerator_folder',
  nobody: 'staticgenerator_nobody',
  /** That a page may answer the request. */
  page: 'staticgenerator_page',
  /** What the file has after the path of a page that a query tells apart: the folder, and the query. */
  query: 'staticgenerator_query',
  /** The target of such a request, without its first slash. */
  target: 'staticgenerator_target',
  /** The file of the page below WEB_ROOT, with a slash before it. */
  file: 'staticgenerator_file',
  hit: 'staticgenerator_hit',
} as const;

export type Flag = string;

/** A condition of the next rule. Whatever header it looks at, Vary is not to name it. */
export function when(subject: string, pattern: string, { or = false, anyCase = false } = {}): Statement {
  const flags = [
    ...(anyCase ? ['NC'] : []),
    ...(or ? ['OR'] : []),
    ...(/%\{HTTP/.test(subject) ? ['NV'] : []),
  ];
  return directive(
    'RewriteCond',
    ...[subject, pattern, ...(flags.length === 0 ? [] : [`[${flags.join(',')}]`])].map(rewriting),
  );
}

export function isNoted(name: string): Statement {
  return when(`%{ENV:${name}}`, '.');
}

export function isNotNoted(name: string): Statement {
  return when(`%{ENV:${name}}`, '!.');
}

/** A rule for paths, which changes nothing but what is noted. */
export function note(path: string, ...flags: readonly Flag[]): Statement {
  return directive('RewriteRule', rewriting(path), '-', rewriting(`[${flags.join(',')}]`));
}

const ANY_PATH = '^';

/** The rules that note down the target of each request that a page may answer. */
export function gateRules(gate: Gate, layout: Layout, scheme: string): readonly Statement[] {
  return [
    ...hostRules(gate),
    ...nobodyRules(gate),
    ...queryRule(layout),
    ...targetRule(gate, layout, scheme),
  ];
}

function hostRules({ hosts, vouchers }: Gate): readonly Statement[] {
  return [
    comment(
      'The hosts that have pages. The app learns from a header whether the host is one, and stores pages for no others.',
    ),
    note(ANY_PATH, `E=${noted.voucher}:${vouchers.unknown}`),
    ...hosts.flatMap((host, index) => [
      when('%{HTTP_HOST}', hostPattern(host, index === 0), { anyCase: true }),
      note(
        ANY_PATH,
        `E=${noted.voucher}:${vouchers.known}`,
        ...(host.folder === '' ? [] : [`E=${noted.folder}:/${host.folder}`]),
      ),
    ]),
  ];
}

/** Without a Host header (HTTP/1.0) Apache sends the app the first name. */
function hostPattern({ name, hostHeaders }: GateHost, isFirst: boolean): string {
  const headers = hostHeaders.map(escapePattern).join('|');
  return `\\A(?:${headers})${isFirst && hostHeaders.includes(name) ? '?' : ''}\\z`;
}

/** The first path that matches decides, so the last is looked at first, and the first is noted last. */
function nobodyRules({ paths, bypassCookies }: Gate): readonly Statement[] {
  if (paths.length === 0 || bypassCookies === undefined) return [];
  return [
    comment('Pages that are rendered as for a visitor without cookies, so they suit every visitor.'),
    ...paths.toReversed().flatMap(({ pattern, isForNobody }) => [
      // Then the decoded path is the very target.
      when('%{THE_REQUEST}', `\\A\\S+ [/${LITERALS}]+ `),
      when('%{REQUEST_URI}', pattern),
      note(ANY_PATH, isForNobody ? `E=${noted.nobody}:1` : `E=!${noted.nobody}`),
    ]),
  ];
}

function queryRule({ query }: Layout): readonly Statement[] {
  if (query === undefined) return [];
  return [
    comment(
      'A query string that may select a page. A file exists only for the canonical spelling, and only if the app has stored the page.',
    ),
    when('%{QUERY_STRING}', `\\A${pageQuerySource(query.names)}\\z`),
    note(ANY_PATH, `E=${noted.query}:${query.before}%1/%{QUERY_STRING}`),
  ];
}

function targetRule(
  { methods, vouchers, bypassCookies, bypassHeaders, accept, scheme, paths, ignoredQuery }: Gate,
  { path, query }: Layout,
  usedScheme: string,
): readonly Statement[] {
  const target = `${path.replace(/^\//, '')}${ignoredQuery === undefined && query === undefined ? '' : '(?:\\?\\S+)?+'}`;
  return [
    comment(
      'May a page answer this request? Only a GET or HEAD for one of these hosts, without any of these headers, without cookies of\n' +
        'visitors who have logged in or chosen something; and only if the target, as the client sent it, is the canonical spelling of a\n' +
        'path that may be a page. A request for which Apache could not send the file comes here again, and goes to the app.',
    ),
    isNotNoted(`REDIRECT_${noted.hit}`),
    when('%{REQUEST_METHOD}', `\\A(?:${methods.join('|')})\\z`),
    when(`%{ENV:${noted.voucher}}`, `\\A${escapePattern(vouchers.known)}\\z`),
    when(bypassHeaders.map((name) => `%{HTTP:${name}}`).join(''), '\\A\\z'),
    // Who asks for something else than browsers do that visit a page, or comes by another scheme.
    ...(accept === undefined ? [] : [when('%{HTTP:accept}', `\\A(?:${accept})\\z`)]),
    ...(scheme === undefined ? [] : [when(usedScheme, `\\A${scheme}\\z`)]),
    ...(bypassCookies === undefined
      ? []
      : [
          ...(paths.length === 0 ? [] : [when(`%{ENV:${noted.nobody}}`, '.', { or: true })]),
          when('%{HTTP_COOKIE}', `!${bypassCookies}`, { anyCase: true }),
        ]),
    ...(query === undefined ? [] : [when(`%{ENV:${noted.query}}`, '.', { or: true })]),
    ...(ignoredQuery === undefined && query === undefined
      ? []
      : [when('?%{QUERY_STRING}', `\\A(?:\\?|${ignoredQuery ?? '\\?'})\\z`)]),
    when('%{THE_REQUEST}', `\\A\\S+ /(${target}) HTTP/`),
    note(ANY_PATH, `E=${noted.page}:1`, `E=${noted.target}:%1`),
  ];
}
