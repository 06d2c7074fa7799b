import { kindOf, StaticGeneratorError, shownValue } from './errors.js';
import { isLogger, type Logger } from './log.js';
import { nearestNames } from './nearest.js';
import { expectedPattern } from './page/mistaken-pattern.js';
import { type DeclaredHeaders, isDeclarable, isDeclarableValue } from './page/response/headers.js';
import type { UrlPattern, UrlRule } from './page/rules.js';
import { expectedSpeed } from './patterns/slow-pattern.js';

/** One problem of a configuration. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
}

/** What the names of a list must be, and the names that it has by default. */
export interface NameListRule {
  readonly defaults: readonly string[];
  readonly pattern: RegExp;
  readonly expected: string;
}

/** Reads one option after the other, and collects all problems instead of stopping at the first. */
export class OptionReader {
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #problems: OptionProblem[];
  /** The text before the names of a group's options, such as `assets.`. */
  readonly #prefix: string;

  constructor(given: unknown, problems: OptionProblem[] = [], prefix = '') {
    this.#problems = problems;
    this.#prefix = prefix;
    this.#options = isPlainObject(given) ? given : {};
    if (this.#options === given) return;
    const option = prefix.slice(0, -1) || 'options';
    const named = prefix === '' ? option : `\`${option}\``;
    problems.push({ option, message: `Expected ${named} to be an object, got ${shownValue(given)}` });
  }

  /** Whether no problem has been found so far. */
  get isSound(): boolean {
    return this.#problems.length === 0;
  }

  /** Throws one `ERR_OPTIONS` with every problem, if there is one. */
  throwProblems(): void {
    if (!this.isSound) throw optionsError(this.#problems);
  }

  /** Returns the reader of the options that an object groups; `undefined` if there is no such object. */
  group(option: string): OptionReader | undefined {
    const value = this.#options[option];
    return value === undefined ? undefined : this.#nested(option, value);
  }

  /** Returns a reader for each object of a list. */
  groups(option: string): readonly OptionReader[] {
    const value = this.#options[option] ?? [];
    if (!Array.isArray(value)) return this.#expect(option, 'an array of objects', value, []);
    return value.map((one: unknown, index) => this.#nested(`${option}[${index}]`, one));
  }

  #nested(option: string, value: unknown): OptionReader {
    return new OptionReader(value, this.#problems, `${this.#prefix}${option}.`);
  }

  refuseUnknown(known: readonly string[]): void {
    for (const name of Object.keys(this.#options).filter((name) => !known.includes(name))) {
      const option = `${this.#prefix}${name}`;
      const nearest = nearestNames(name, known).map((one) => `\`${one}\``);
      const remedy =
        nearest.length === 0
          ? `The options are ${known.join(', ')}`
          : `Did you mean ${nearest.join(' or ')}?`;
      this.#problems.push({ option, message: `Unknown option \`${option}\`. ${remedy}` });
    }
  }

  /** Returns an option as it was given, for a check by the caller; see {@link refuse}. */
  raw(option: string): unknown {
    return this.#options[option];
  }

  /** Records that an option is not what was expected. */
  refuse(option: string, expected: string, value: unknown): undefined {
    return this.#expect(option, expected, value);
  }

  /** Does the same for a value that may hold a password, such as a connection: the message shows only its kind. */
  refuseUnseen(option: string, expected: string, value: unknown): void {
    this.#problem(option, expected, kindOf(value));
  }

  /** Reads a path; if none is given, the environment variable has it. */
  path(option: string, variable: string, environment: NodeJS.ProcessEnv): string {
    const value = this.#options[option] ?? environment[variable];
    if (isPath(value)) return value;
    return this.#expect(option, `a path (or the environment variable ${variable})`, value, '');
  }

  patterns(option: string, fallback: readonly UrlPattern[] | undefined): readonly UrlPattern[] {
    return this.#eachOf(option, fallback, (named, pattern) => this.pattern(named, pattern));
  }

  /** Reads patterns, and objects that say more about the pages of one pattern. The caller reads the objects. */
  rules(option: string, readRule: (rule: OptionReader) => readonly UrlRule[]): readonly UrlRule[] {
    return this.#eachOf<UrlRule>(option, undefined, (named, rule) =>
      isPlainObject(rule) ? readRule(this.#nested(named, rule)) : this.pattern(named, rule),
    );
  }

  #eachOf<T>(
    option: string,
    fallback: readonly T[] | undefined,
    read: (named: string, one: unknown) => readonly T[],
  ): readonly T[] {
    const value = this.#options[option] ?? fallback;
    const expected = 'an array of regular expressions or their source strings';
    if (!Array.isArray(value)) return this.#expect(option, expected, value, []);
    return value.flatMap((one: unknown, index) => read(`${option}[${index}]`, one));
  }

  /** Returns one pattern, or none if it is not valid. `expectedBeside` says what its use requires and it lacks. */
  pattern(option: string, pattern: unknown, expectedBeside = expectedSpeed): readonly UrlPattern[] {
    const expected = expectedPattern(pattern) ?? expectedBeside(pattern as UrlPattern);
    return expected === undefined ? [pattern as UrlPattern] : this.#expect(option, expected, pattern, []);
  }

  names(option: string, fallback: readonly string[], pattern: RegExp, expected: string): readonly string[] {
    const value = this.#options[option] ?? fallback;
    if (!Array.isArray(value))
      return this.#expect(option, `an array of strings, each ${expected}`, value, []);
    return value.filter((name: unknown, index): name is string => {
      if (typeof name === 'string' && pattern.test(name)) return true;
      return this.#expect(`${option}[${index}]`, expected, name, false);
    });
  }

  /** Reads names that replace the default ones, or `{ add, remove }`, which changes the default ones. */
  nameList(option: string, { defaults, pattern, expected }: NameListRule): readonly string[] {
    const value = this.#options[option] ?? defaults;
    if (Array.isArray(value)) return this.names(option, defaults, pattern, expected);
    if (!isPlainObject(value)) {
      const arrays = `an array of strings, each ${expected}, or { add, remove } with such arrays`;
      return this.#expect(option, arrays, value, []);
    }
    const changes = this.#nested(option, value);
    changes.refuseUnknown(['add', 'remove']);
    const removed = changes.names('remove', [], pattern, expected);
    for (const name of removed.filter((name) => !hasName(defaults, name)))
      changes.refuse('remove', `names of the default list`, name);
    const added = changes.names('add', [], pattern, expected);
    return [...defaults.filter((name) => !hasName(removed, name)), ...added];
  }

  /** Reads an object whose names the caller checks; empty if none is given. */
  record(option: string, expected: string): Readonly<Record<string, unknown>> {
    const value = this.#options[option] ?? {};
    return isPlainObject(value) ? value : this.#expect(option, expected, value, {});
  }

  headers(option: string): DeclaredHeaders {
    const declared = new Map<string, { name: string; value: string }>();
    for (const [name, value] of Object.entries(this.record(option, 'an object of header names and values'))) {
      if (!isDeclarable(name)) this.#expect(option, 'names of end-to-end headers that are constant', name);
      else if (isDeclarableValue(value)) declared.set(name.toLowerCase(), { name, value });
      else
        this.#expect(
          `${option}.${name}`,
          'printable ASCII without `$` and without spaces at its ends',
          value,
        );
    }
    return declared;
  }

  positiveInteger(option: string, fallback: number): number {
    const value = this.#options[option] ?? fallback;
    return Number.isSafeInteger(value) && typeof value === 'number' && value > 0
      ? value
      : this.#expect(option, 'a positive whole number', value, fallback);
  }

  /** Reads one of a few values; `isOne` knows which these are. */
  oneOf<T>(option: string, expected: string, isOne: (value: unknown) => value is T, fallback: T): T {
    const value = this.#options[option] ?? fallback;
    return isOne(value) ? value : this.#expect(option, expected, value, fallback);
  }

  string(option: string, fallback: string): string {
    const value = this.#options[option] ?? fallback;
    return typeof value === 'string' ? value : this.#expect(option, 'a string', value, fallback);
  }

  boolean(option: string, fallback: boolean): boolean {
    const value = this.#options[option] ?? fallback;
    return typeof value === 'boolean' ? value : this.#expect(option, 'true or false', value, fallback);
  }

  logger(option: string): Logger | false | undefined {
    const value = this.#options[option];
    if (value === undefined || value === false || isLogger(value)) return value;
    return this.#expect(option, 'false, or a logger with debug, info, warn and error', value, undefined);
  }

  #expect(option: string, expected: string, value: unknown): undefined;
  #expect<T>(option: string, expected: string, value: unknown, instead: T): T;
  #expect<T>(option: string, expected: string, value: unknown, instead?: T): T | undefined {
    this.#problem(option, expected, shownValue(value));
    return instead;
  }

  #problem(option: string, expected: string, got: string): void {
    const named = `${this.#prefix}${option}`;
    this.#problems.push({ option: named, message: `Expected \`${named}\` to be ${expected}, got ${got}` });
  }
}

function optionsError(problems: readonly OptionProblem[]): StaticGeneratorError {
  const message = problems.map((problem) => problem.message).join('\n  ');
  return new StaticGeneratorError('ERR_OPTIONS', `The configuration cannot be used:\n  ${message}`, {
    fields: { problems },
  });
}

/** Compares names without case: cookies and headers ignore it, and no two parameters of a list differ only in case. */
function hasName(names: readonly string[], wanted: string): boolean {
  return names.some((name) => name.toLowerCase() === wanted.toLowerCase());
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return false;
  // Refuses arrays. Also Map and Headers: their entries are not properties, and would be overlooked.
  return !(Symbol.iterator in value);
}
