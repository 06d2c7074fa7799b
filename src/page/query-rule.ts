import { decodeValue, encodeValue, isPossibleValue } from './query.js';

/** The values that a parameter may have: those of a list, or those that a regular expression matches as a whole. */
export type QueryValues = readonly string[] | RegExp | string;

/** What a rule says about queries, compiled. */
export interface QueryRule {
  /** The names of the parameters, in canonical order. */
  readonly names: readonly string[];
  /** Reads a query without its `?`. `isIgnored` gets a parameter as written. `undefined` if no page has the query. */
  read(written: string, isIgnored: (parameter: string) => boolean): ReadQuery | undefined;
  /** The rule as text: part of what decides whether stored pages are still valid. */
  readonly source: string;
}

/** A query that was read as the query of a page. */
export interface ReadQuery {
  /** The canonical query; empty if all parameters are ignored. */
  readonly query: string;
  readonly hasIgnored: boolean;
}

/** Puts parameters with a pattern first, because the first value spreads the files; then keeps the rule's order. */
export function compileQueryRule(given: Readonly<Record<string, QueryValues>>): QueryRule {
  const entries = Object.entries(given);
  const ordered = [
    ...entries.filter(([, values]) => !Array.isArray(values)),
    ...entries.filter(([, values]) => Array.isArray(values)),
  ];
  const parameters = new Map(ordered.map(([name, values]) => [name, compileValues(values)]));
  const names = [...parameters.keys()];
  return {
    names,
    read(written, isIgnored) {
      const found = readParameters(written, parameters, isIgnored);
      if (found === undefined) return undefined;
      const query = names
        .flatMap((name) => (found.values.has(name) ? [`${name}=${found.values.get(name)}`] : []))
        .join('&');
      return { query, hasIgnored: found.hasIgnored };
    },
    source: JSON.stringify(
      ordered.map(([name, values]) => [name, Array.isArray(values) ? values : String(values)]),
    ),
  };
}

type Allows = (value: string) => boolean;

function compileValues(values: QueryValues): Allows {
  if (typeof values !== 'string' && !(values instanceof RegExp)) {
    const listed = new Set(values);
    return (value) => listed.has(value);
  }
  const pattern = wholePattern(values);
  return (value) => pattern.test(value);
}

/** Returns a pattern that must match a value as a whole. */
export function wholePattern(pattern: RegExp | string): RegExp {
  const { source, flags } = typeof pattern === 'string' ? { source: pattern, flags: '' } : pattern;
  return new RegExp(`^(?:${source})$`, flags.replace(/[gmy]/g, ''));
}

/** Returns canonical values by name. `undefined` if one is unknown, repeated, empty, not allowed or ambiguous. */
function readParameters(
  written: string,
  parameters: ReadonlyMap<string, Allows>,
  isIgnored: (parameter: string) => boolean,
): { readonly values: ReadonlyMap<string, string>; readonly hasIgnored: boolean } | undefined {
  if (/[^!-~]|#/.test(written)) return undefined;
  const values = new Map<string, string>();
  let hasIgnored = false;
  for (const parameter of written.split('&')) {
    const [name = '', ...rest] = parameter.split('=');
    const allows = parameters.get(name);
    if (allows === undefined) {
      if (!isIgnored(parameter)) return undefined;
      hasIgnored = true;
      continue;
    }
    const value = decodeValue(rest.join('='));
    if (value === undefined || values.has(name) || !allows(value)) return undefined;
    values.set(name, encodeValue(value));
  }
  return { values, hasIgnored };
}

/** Whether the list of a rule may have a value. */
export function isListedValue(value: unknown): value is string {
  return typeof value === 'string' && isPossibleValue(value);
}
