import { compileQueryRule, type QueryRule, type QueryValues } from './query-rule.js';
import type { Dimension } from './variants/dimension.js';
import { compileRuleVariants, type RuleVariants } from './variants/rule-variants.js';

/** Which URLs become pages: the patterns of the site, compiled once. */
export interface Rules {
  /** Tests a decoded canonical path as JavaScript does: patterns are not anchored. */
  match(decoded: string): 'page' | 'no-rule' | 'excluded';
  /** Whether `excludeUrls` excludes a path if case is ignored. */
  isExcludedInAnyCase(decoded: string): boolean;
  /** Whether pages of a path are rendered for nobody, and so for everybody. The first pattern that matches decides. */
  isForNobody(decoded: string): boolean;
  /** Returns the first pattern of `urls` that matches a path, with what its rule says about the page. */
  ruleOf(decoded: string): CompiledRule | undefined;
  /** Returns how often a page must be requested before it is stored. The first pattern that matches the path decides. */
  storeAfter(decoded: string): number;
  /** Returns which queries have pages of their own, by the first pattern that matches; `undefined` if none have. */
  queryOf(decoded: string): QueryRule | undefined;
  /** The names of all parameters that distinguish pages; empty if no page has a query. */
  readonly queryNames: readonly string[];
  /** Returns the variants of a path's pages, by the first pattern that matches; `undefined` if there are none. */
  variantsOf(decoded: string): RuleVariants | undefined;
  /** Whether some pages have variants. */
  readonly hasVariants: boolean;
  /** Returns which patterns decide about a path: the first that includes it, and the first that excludes it. */
  explain(decoded: string): { readonly includedBy?: string; readonly excludedBy?: string };
  /** The sources, in order: part of what decides whether stored pages are still valid. */
  readonly sources: readonly string[];
  /** The patterns of `urls` in order, with what each rule says about its pages. */
  readonly included: readonly CompiledRule[];
}

export type UrlPattern = RegExp | string;

/** A pattern, or a pattern with settings for its pages. */
export type UrlRule = UrlPattern | UrlRuleObject;

export interface UrlRuleObject {
  /** The pattern of the URLs. */
  readonly match: UrlPattern;
  /**
   * `nobody`: the app renders these pages without cookies, languages, user agent and whatever else distinguishes visitors,
   * and visitors with a session get them too. The site promises that the HTML is the same for all.
   */
  readonly as?: 'nobody';
  /**
   * Which queries have pages of their own: each parameter with its values, a list of strings or a regular expression that
   * must match the whole value. `{ page: /^[1-9]\d{0,3}$/, sort: ['new', 'old'] }`. Default: none.
   */
  readonly query?: Readonly<Record<string, QueryValues>>;
  /**
   * The dimensions of the option `variants` in which these pages differ: each combination of values is a page of its own.
   * Default: none.
   */
  readonly variants?: readonly string[];
  /**
   * How many requests a page needs to be stored, each within an hour of the previous one. With `2`, a crawler that requests
   * each of a million URLs once stores none of them. Each process counts for itself. Default: 1.
   */
  readonly storeAfter?: number;
}

export interface CompiledRule {
  readonly pattern: RegExp;
  readonly isForNobody: boolean;
  readonly storeAfter: number;
  readonly query: QueryRule | undefined;
  readonly variants: RuleVariants | undefined;
}

export function compileRules(
  urls: readonly UrlRule[],
  excludeUrls: readonly UrlPattern[],
  dimensions: readonly Dimension[] = [],
): Rules {
  const rules = urls.map((rule) => compileRule(rule, dimensions));
  const hasNobodys = rules.some(({ isForNobody }) => isForNobody);
  const hasPatient = rules.some(({ storeAfter }) => storeAfter > 1);
  const queryNames = [...new Set(rules.flatMap(({ query }) => query?.names ?? []))];
  const hasVariants = rules.some(({ variants }) => variants !== undefined);
  const ruleOf = (decoded: string) => rules.find(({ pattern }) => pattern.test(decoded));
  const joined = joinPatterns(rules.map(({ pattern }) => pattern));
  const excluded = excludeUrls.map(compilePattern);
  const inAnyCase = excluded.map(
    ({ source, flags }) => new RegExp(source, flags.replace('i', '').concat('i')),
  );
  return {
    match(decoded) {
      if (!joined.some((pattern) => pattern.test(decoded))) return 'no-rule';
      return excluded.some((pattern) => pattern.test(decoded)) ? 'excluded' : 'page';
    },
    isExcludedInAnyCase: (decoded) => inAnyCase.some((pattern) => pattern.test(decoded)),
    isForNobody: (decoded) => hasNobodys && ruleOf(decoded)?.isForNobody === true,
    ruleOf,
    storeAfter: (decoded) => (hasPatient ? (ruleOf(decoded)?.storeAfter ?? 1) : 1),
    queryOf: (decoded) => (queryNames.length === 0 ? undefined : ruleOf(decoded)?.query),
    queryNames,
    variantsOf: (decoded) => (hasVariants ? ruleOf(decoded)?.variants : undefined),
    hasVariants,
    explain(decoded) {
      const [rule, excludedBy] = [ruleOf(decoded), excluded.find((pattern) => pattern.test(decoded))];
      return {
        ...(rule && { includedBy: describeRule(rule) }),
        ...(excludedBy && { excludedBy: String(excludedBy) }),
      };
    },
    included: rules,
    sources: [...rules.map(sourceOf), ...excluded.map((pattern) => `-${pattern}`)],
  };
}

/**
 * Whether a path is another spelling of one that is also a page by these rules, as `/News/HELLO` is of `/news/hello`, or of
 * an excluded one: an app that ignores case answers `/Admin` as `/admin`. Patterns with capitals match no lower-case path.
 */
export function isOtherSpelling(decoded: string, rules: Rules): boolean {
  const usual = decoded.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return (usual !== decoded && rules.match(usual) === 'page') || rules.isExcludedInAnyCase(decoded);
}

function compileRule(rule: UrlRule, dimensions: readonly Dimension[]): CompiledRule {
  const { match, as, storeAfter = 1, query, variants = [] } = isPattern(rule) ? { match: rule } : rule;
  const named = dimensions.filter(({ name }) => variants.includes(name));
  return {
    pattern: compilePattern(match),
    isForNobody: as === 'nobody',
    storeAfter,
    query: query && compileQueryRule(query),
    variants: named.length === 0 ? undefined : compileRuleVariants(named),
  };
}

/** Returns what decides whether the stored pages of a rule are still valid. */
function sourceOf({ pattern, isForNobody, query, variants }: CompiledRule): string {
  const told = [query && `?${query.source}`, variants && `>${variants.source}`];
  return [`${isForNobody ? 'nobody ' : ''}+${pattern}`, ...told].filter(Boolean).join(' ');
}

function isPattern(rule: UrlRule): rule is UrlPattern {
  return typeof rule === 'string' || rule instanceof RegExp;
}

function describeRule({ pattern, isForNobody, storeAfter, query, variants }: CompiledRule): string {
  const queries = query === undefined ? '' : ` with ?${query.names.join('&')}`;
  const names = variants?.dimensions.map(({ name }) => name) ?? [];
  const varied = names.length === 0 ? '' : ` by ${names.join(', ')}`;
  const after = storeAfter > 1 ? ` after ${storeAfter} requests` : '';
  return `${pattern}${isForNobody ? ' as nobody' : ''}${queries}${varied}${after}`;
}

/** Copies a pattern without the flags `g` and `y`: their `lastIndex` would make each result depend on the call before. */
function compilePattern(pattern: UrlPattern): RegExp {
  if (typeof pattern === 'string') return new RegExp(pattern);
  const source = pattern.sticky ? `^(?:${pattern.source})` : pattern.source;
  return new RegExp(source, pattern.flags.replace(/[gy]/g, ''));
}

/** Such a number or name refers to a group of its own source. In joined sources, it could refer to another group. */
const NAMES_A_GROUP = /\\[1-9]|\(\?<(?![=!])/;

/** The longest source of one expression: V8 compiles in more than linear time, and refuses sources that are too long. */
const MOST_OF_ONE = 2_000;

/**
 * Joins patterns into fewer expressions that match if one of them does. Most requests are for no page, and test them all.
 * Joined, many short ones take as long as one; one by one, ten take seven times as long, and fifty a microsecond or more.
 */
function joinPatterns(patterns: readonly RegExp[]): readonly RegExp[] {
  const joined: RegExp[] = [];
  for (const pattern of patterns) {
    const last = joined.at(-1);
    if (last !== undefined && canBeOne(last, pattern))
      joined.splice(-1, 1, new RegExp(`${last.source}|${pattern.source}`, last.flags));
    else joined.push(pattern);
  }
  return joined;
}

function canBeOne(one: RegExp, other: RegExp): boolean {
  return (
    one.flags === other.flags &&
    one.source.length + other.source.length < MOST_OF_ONE &&
    !NAMES_A_GROUP.test(one.source) &&
    !NAMES_A_GROUP.test(other.source)
  );
}
