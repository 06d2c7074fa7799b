import { chosenCookieSource, compileChoice, type Dimension } from './dimension.js';
import { printVariant, valuesOfVariant } from './variant.js';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What a rule says about variants, compiled. */
export interface RuleVariants {
  /** In the order of the option `variants`. */
  readonly dimensions: readonly Dimension[];
  /** The names of the request headers that choose, as in Vary. */
  readonly vary: string;
  /** The same names, in lower case. */
  readonly headers: readonly string[];
  /** The cookies that choose. */
  readonly cookies: readonly string[];
  /** Returns the variant that a request gets. */
  choose(headers: Headers): string;
  /** All variants; the first is that of a request that chooses nothing. */
  readonly all: readonly string[];
  /** Returns the headers of a request that gets a variant. */
  requestFor(variant: string): Readonly<Record<string, string>>;
  /** Returns the tag of a variant's language; `undefined` if it has none. */
  languageOf(variant: string): string | undefined;
  /** Returns what remains of a Cookie header without the cookies that have chosen. */
  otherCookies(cookies: string): string;
  /** The rule as text: part of what decides whether stored pages are still valid. */
  readonly source: string;
}

/** The most variants that a page may have. */
export const MAX_VARIANTS = 100;

export function compileRuleVariants(dimensions: readonly Dimension[]): RuleVariants {
  const choices = dimensions.map((dimension) => [dimension.name, compileChoice(dimension)] as const);
  const headers = [...new Set(dimensions.flatMap(({ header }) => (header === undefined ? [] : [header])))];
  const cookies = [...new Set(dimensions.flatMap(({ cookie }) => (cookie === undefined ? [] : [cookie])))];
  const varied = cookies.length === 0 ? headers : [...headers, 'cookie'];
  const language = dimensions.find(({ isLanguage }) => isLanguage);
  return {
    ...{ dimensions, cookies, headers: varied },
    vary: varied.map(spelled).join(', '),
    choose: (given) => printVariant(choices.map(([name, choose]) => [name, choose(given)] as const)),
    all: combinationsOf(dimensions).map(printVariant),
    requestFor: (variant) => requestFor(dimensions, valuesOfVariant(variant)),
    languageOf: (variant) => language?.said[valuesOfVariant(variant)[language.name] ?? ''],
    otherCookies: compileOtherCookies(dimensions),
    source: JSON.stringify(
      dimensions.map(({ name, cookie, header, said }) => [name, cookie ?? '', header ?? '', said]),
    ),
  };
}

type Combination = readonly (readonly [name: string, value: string])[];

function combinationsOf(dimensions: readonly Dimension[]): readonly Combination[] {
  return dimensions.reduce<readonly Combination[]>(
    (combinations, { name, values }) =>
      combinations.flatMap((one) => values.map((value): Combination => [...one, [name, value]])),
    [[]],
  );
}

/** Chooses values by the header if a dimension has one, because a cookie is the visitor's own choice. */
function requestFor(
  dimensions: readonly Dimension[],
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { name, cookie, header, said } of dimensions) {
    const value = values[name] ?? '';
    if (header !== undefined) headers[header] = said[value] ?? '';
    else
      headers.cookie = [headers.cookie, `${cookie}=${value}`].filter((one) => one !== undefined).join('; ');
  }
  return headers;
}

function compileOtherCookies(dimensions: readonly Dimension[]): (cookies: string) => string {
  const sources = dimensions.flatMap((dimension) => chosenCookieSource(dimension, '(?:') ?? []);
  const patterns = sources.map((source) => new RegExp(source));
  return (cookies) => patterns.reduce((rest, pattern) => rest.replace(pattern, ';'), cookies);
}

/** Spells `accept-language` as `Accept-Language`. */
function spelled(header: string): string {
  return header.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
