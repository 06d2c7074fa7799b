import type { OptionReader } from '../option-reader.js';
import { queryNamePattern } from '../page/page-query.js';
import { isListedValue, type QueryValues, wholePattern } from '../page/query-rule.js';
import { compileQueryTest } from '../page/request/query.js';
import type { UrlRule } from '../page/rules.js';
import { expectedSpeed } from '../patterns/slow-pattern.js';

/** The rules of `urls`. A parameter that is ignored cannot tell pages apart. */
export function readUrlRules(read: OptionReader, ignoreQuery: readonly string[]): readonly UrlRule[] {
  const isIgnored = compileQueryTest(ignoreQuery);
  return read.rules('urls', (rule) => readRule(rule, (name) => isIgnored(`?${name}`)));
}

type NameTest = (name: string) => boolean;

function readRule(read: OptionReader, isIgnored: NameTest): readonly UrlRule[] {
  read.refuseUnknown(['match', 'as', 'query', 'storeAfter']);
  const as = read.oneOf('as', "'nobody'", isNobody, undefined);
  const storeAfter = read.positiveInteger('storeAfter', 1);
  const query = readQuery(read, isIgnored);
  return read.pattern('match', read.raw('match')).map((match) => ({
    match,
    ...(as && { as }),
    ...(query && { query }),
    storeAfter,
  }));
}

function isNobody(value: unknown): value is 'nobody' | undefined {
  return value === undefined || value === 'nobody';
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
    return 'of parameter names that begin with a letter and have letters, digits, `_`, `-` and `.` only';
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
