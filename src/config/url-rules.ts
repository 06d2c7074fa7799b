import type { OptionReader } from '../option-reader.js';
import { queryNamePattern } from '../page/query.js';
import { isListedValue, type QueryValues, wholePattern } from '../page/query-rule.js';
import { compileQueryTest } from '../page/request/query.js';
import type { UrlRule } from '../page/rules.js';
import type { Dimension } from '../page/variants/dimension.js';
import { MAX_VARIANTS } from '../page/variants/rule-variants.js';
import { isCanonicalVariant, printVariant } from '../page/variants/variant.js';
import { expectedSpeed } from '../patterns/slow-pattern.js';

/** The other options that the names in rules are checked against. */
export interface Named {
  /** The `query` of a rule must not name an ignored parameter: it cannot distinguish pages. */
  readonly ignoreQuery: readonly string[];
  readonly dimensions: readonly Dimension[];
}

/** Reads the rules of `urls`. */
export function readUrlRules(read: OptionReader, { ignoreQuery, dimensions }: Named): readonly UrlRule[] {
  const isIgnored = compileQueryTest(ignoreQuery);
  return read.rules('urls', (rule) => readRule(rule, (name) => isIgnored(`?${name}`), dimensions));
}

type NameTest = (name: string) => boolean;

function readRule(
  read: OptionReader,
  isIgnored: NameTest,
  dimensions: readonly Dimension[],
): readonly UrlRule[] {
  read.refuseUnknown(['match', 'as', 'query', 'variants', 'storeAfter']);
  const as = read.oneOf('as', "'nobody'", isNobody, undefined);
  const storeAfter = read.positiveInteger('storeAfter', 1);
  const query = readQuery(read, isIgnored);
  const variants = readVariantNames(read, dimensions);
  return read.pattern('match', read.raw('match')).map((match) => ({
    match,
    ...(as && { as }),
    ...(query && { query }),
    ...(variants.length > 0 && { variants }),
    storeAfter,
  }));
}

function isNobody(value: unknown): value is 'nobody' | undefined {
  return value === undefined || value === 'nobody';
}

function readVariantNames(read: OptionReader, dimensions: readonly Dimension[]): readonly string[] {
  const names = read.names('variants', [], /./s, 'a dimension of the option `variants`');
  const known = dimensions.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    read.refuse('variants', `dimensions of the option \`variants\` (${known.join(', ') || 'none'})`, unknown);
  const named = dimensions.filter(({ name }) => names.includes(name));
  const count = named.reduce((product, { values }) => product * values.length, 1);
  if (count > MAX_VARIANTS)
    read.refuse(
      'variants',
      `dimensions of no more than ${MAX_VARIANTS} variants together`,
      `${count} variants`,
    );
  const longest = named.map(({ name, values }) => [name, longestOf(values)] as const);
  if (named.length > 0 && !isCanonicalVariant(printVariant(longest)))
    read.refuse('variants', 'dimensions whose names and values fit in the name of a folder', names);
  return names;
}

function longestOf(texts: readonly string[]): string {
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

const PARAMETERS = 'an object of parameter names, each with a regular expression or a list of values';

function readQuery(
  rule: OptionReader,
  isIgnored: NameTest,
): Readonly<Record<string, QueryValues>> | undefined {
  if (rule.raw('query') === undefined) return undefined;
  const given = Object.entries(rule.record('query', PARAMETERS));
  const read = rule.group('query');
  if (given.length === 0) rule.refuse('query', PARAMETERS, {});
  return Object.fromEntries(
    given.flatMap(([name, values]) => {
      const expected = expectedName(name, isIgnored);
      if (expected !== undefined) rule.refuse('query', expected, name);
      return read === undefined ? [] : readValues(read, name, values).map((one) => [name, one]);
    }),
  );
}

function expectedName(name: string, isIgnored: NameTest): string | undefined {
  if (!queryNamePattern.test(name))
    return 'an object of parameter names that begin with a letter and have only letters, digits, `_`, `-` and `.`';
  return isIgnored(name) ? 'without the parameters that `ignoreQuery` names' : undefined;
}

const VALUES = 'a text that is not empty and has no control characters';

function readValues(read: OptionReader, name: string, values: unknown): readonly QueryValues[] {
  if (!Array.isArray(values))
    return read.pattern(name, values, (pattern) => expectedSpeed(wholePattern(pattern)));
  if (values.length === 0) read.refuse(name, `a list of values, each ${VALUES}`, values);
  values.forEach((one: unknown, index) => {
    if (!isListedValue(one)) read.refuse(`${name}[${index}]`, VALUES, one);
  });
  return [values.filter(isListedValue)];
}
