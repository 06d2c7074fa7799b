import { type PagePath, parsePagePath, withQuery } from '../layout.js';
import type { CaptureReason } from '../reasons.js';
import type { Rules } from '../rules.js';
import { nameSource } from './name-source.js';

/** A query parameter's name, in which `*` stands for any characters. */
export const parameterNamePattern = /^[A-Za-z0-9_.~*-]+$/;

/**
 * Returns the source, for JavaScript and PCRE alike, of a query of ignored parameters only, with its `?`. An escaped
 * name is not ignored. `undefined` if nothing is ignored. The names are in a look-ahead, which engines do not try
 * again. Otherwise, `utm_*` and `utm_source` would make two ways through every parameter, and 2^n through a query.
 */
export function ignoredQuerySource(names: readonly string[]): string | undefined {
  return sourceOf(names, (name) => `(?=(?:${name})(?:[=&]|$))[^&#]*`);
}

/**
 * The same without look-around, for engines that read a text only once (RE2). In values, it accepts the characters that
 * Node's parser accepts.
 */
export function linearIgnoredQuerySource(names: readonly string[]): string | undefined {
  return sourceOf(names, (name) => `(?:${name})(?:=[!"$%'-~]*)?`);
}

function sourceOf(names: readonly string[], parameterOf: (name: string) => string): string | undefined {
  if (names.length === 0) return undefined;
  const name = names.map((one) => nameSource(one, '[A-Za-z0-9_.~-]')).join('|');
  const parameter = parameterOf(name);
  return `\\?${parameter}(?:&${parameter})*`;
}

/** Whether a query, with its `?`, has only ignored parameters. */
export function compileQueryTest(names: readonly string[]): (query: string) => boolean {
  const source = ignoredQuerySource(names);
  if (source === undefined) return () => false;
  const pattern = new RegExp(`^${source}$`);
  return (query) => pattern.test(query);
}

/** The page that a request with a query asks for, and why the request may not create it. */
export interface AskedByQuery {
  readonly page: PagePath;
  readonly refusal?: CaptureReason;
}

/** Compiles the reader of a query, with its `?`, after the path of a page. `undefined` if no page has the query. */
export function compileQueryJudge({
  rules,
  ignoreQuery,
}: {
  readonly rules: Pick<Rules, 'queryOf'>;
  readonly ignoreQuery: readonly string[];
}): (bare: PagePath, query: string) => AskedByQuery | undefined {
  const isIgnored = compileQueryTest(ignoreQuery);
  return (bare, query) => {
    if (isIgnored(query)) return { page: bare, refusal: 'ignored-query' };
    const read = rules.queryOf(bare.decoded)?.read(query.slice(1), (one) => isIgnored(`?${one}`));
    const page = read && withQuery(bare, read.query);
    if (page === undefined) return undefined;
    if (read?.hasIgnored === true) return { page, refusal: 'ignored-query' };
    return page.query === query.slice(1) ? { page } : { page, refusal: 'query-spelling' };
  };
}

/** Whether a path and a query, with its `?`, are those of a page in their canonical spelling. */
export function compilePageQueryTest(
  parts: Parameters<typeof compileQueryJudge>[0],
): (path: string, query: string) => boolean {
  const judge = compileQueryJudge(parts);
  return (path, query) => {
    const bare = parsePagePath(path);
    const asked = bare && judge(bare, query);
    return asked !== undefined && asked.refusal === undefined;
  };
}
