import { LITERALS } from '../../page/grammar.js';
import { pageQuerySource } from '../../page/query.js';
import type { Gate, GateHost } from '../gate.js';
import type { Layout } from '../layout.js';
import { comment, directive, escapePattern, rewriting, type Statement } from './directives.js';

/** The names of the variables in which the rules note what they find out about a request. */
export const noted = {
  voucher: 'staticgenerator_voucher',
  folder: 'staticgenerator_folder',
  nobody: 'staticgenerator_nobody',
  /** Set if a page may answer the request. */
  page: 'staticgenerator_page',
  /** What the file has after the path of a page that a query selects: the folder and the query. */
  query: 'staticgenerator_query',
  /** The target of a request that a page may answer, without its first slash. */
  target: 'staticgenerator_target',
  /** The file of the page below WEB_ROOT, with a slash before it. */
  file: 'staticgenerator_file',
  hit: 'staticgenerator_hit',
} as const;

export type Flag = string;

/** Returns a condition of the next rule. If it looks at a header, Vary must not name that header. */
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

/** Returns a rule for paths that only notes something. */
export function note(path: string, ...flags: readonly Flag[]): Statement {
  return directive('RewriteRule', rewriting(path), '-', rewriting(`[${flags.join(',')}]`));
}

const ANY_PATH = '^';

/** Returns the rules that note the target of each request that a page may answer. */
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

/** Without a Host header (HTTP/1.0), Apache sends the first name to the app. */
function hostPattern({ name, hostHeaders }: GateHost, isFirst: boolean): string {
  const headers = hostHeaders.map(escapePattern).join('|');
  return `\\A(?:${headers})${isFirst && hostHeaders.includes(name) ? '?' : ''}\\z`;
}

/**
 * The first path that matches decides, so the rules of the last path come first, and those of the first path come last.
 */
function nobodyRules({ paths, bypassCookies }: Gate): readonly Statement[] {
  if (paths.length === 0 || bypassCookies === undefined) return [];
  return [
    comment('Pages that are rendered as for a visitor without cookies, so they suit every visitor.'),
    ...paths.toReversed().flatMap(({ pattern, isForNobody }) => [
      // For such a target, the decoded path is the same as the target.
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
    // A request gets no page if its Accept differs from that of a browser that opens a page, or if it has another
    // scheme.
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
