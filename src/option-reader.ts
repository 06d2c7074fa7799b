import { inspect } from 'node:util';
import { classOf, kindOf, StaticGeneratorError } from './errors.js';
import { isLogger, type Logger } from './log.js';
import { type Extension, knownExtensions } from './page/grammar.js';
import { mistakenPattern } from './page/mistaken-pattern.js';
import type { DeclaredHeaders } from './page/response/headers.js';
import { defaultTypes } from './page/response/types.js';
import type { UrlPattern } from './page/rules.js';

/** One thing that is wrong with a configuration. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
}

/** Characters of a wrong value that are told. */
const MAX_SHOWN = 80;
const headerNamePattern = /^[\w!#$%&'*+.^`|~-]+$/;
/** Visible text in one line; a `$` would be a variable to nginx. */
const headerValuePattern = /^[\x20-\x23\x25-\x7e]*$/;
const contentTypePattern = /^[\w!#&^.+-]+\/[\w!#&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/;
/** What the answer itself decides; a constant would contradict it. */
const undeclarable = new Set([
  ...[
    'content-type',
    'content-length',
    'content-encoding',
    'content-range',
    'vary',
    'etag',
    'last-modified',
    'date',
  ],
  ...[
    'connection',
    'keep-alive',
    'transfer-encoding',
    'trailer',
    'upgrade',
    'set-cookie',
    'cache-status',
    'age',
    'expires',
  ],
]);

/** Reads one option after the other and collects what is wrong instead of stopping at the first. */
export class OptionReader {
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #problems: OptionProblem[];
  /** What stands before the names of a group's options: `assets.`. */
  readonly #prefix: string;

  constructor(given: unknown, problems: OptionProblem[] = [], prefix = '') {
    this.#problems = problems;
    this.#prefix = prefix;
    this.#options = isPlainObject(given) ? given : {};
    if (this.#options === given) return;
    const option = prefix.slice(0, -1) || 'options';
    const named = prefix === '' ? option : `\`${option}\``;
    problems.push({ option, message: `Expected ${named} to be an object, got ${show(given)}` });
  }

  /** Whether nothing has been wrong so far. */
  get isSound(): boolean {
    return this.#problems.length === 0;
  }

  /** Throws one `ERR_OPTIONS` with every problem, if there is one. */
  throwProblems(): void {
    if (!this.isSound) throw optionsError(this.#problems);
  }

  /** The reader of options that stand together in an object of their own; undefined if there is none. */
  group(option: string): OptionReader | undefined {
    const value = this.#options[option];
    return value === undefined ? undefined : this.#nested(option, value);
  }

  /** A reader for each of a list of objects. */
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
      this.#problems.push({
        option,
        message: `Unknown option \`${option}\`; the options are ${known.join(', ')}`,
      });
    }
  }

  /** What was given, for a check of the caller's own; see {@link refuse}. */
  raw(option: string): unknown {
    return this.#options[option];
  }

  /** Notes that an option is not what was expected. */
  refuse(option: string, expected: string, value: unknown): undefined {
    return this.#expect(option, expected, value);
  }

  /** The same of what may hold a password, such as a connection: only what kind of thing it is gets into the message. */
  refuseUnseen(option: string, expected: string, value: unknown): void {
    this.#problem(option, expected, kindOf(value));
  }

  webRoot(option: string, fallback: string | undefined): string {
    const value = this.#options[option] ?? fallback;
    if (isPath(value)) return value;
    return this.#expect(option, 'a path (or the environment variable WEB_ROOT)', value, '');
  }

  path(option: string, fallback: string): string {
    const value = this.#options[option] ?? fallback;
    return isPath(value) ? value : this.#expect(option, 'a path', value, fallback);
  }

  patterns(option: string, fallback: readonly UrlPattern[] | undefined): readonly UrlPattern[] {
    const value = this.#options[option] ?? fallback;
    const expected = 'an array of regular expressions or their source strings';
    if (!Array.isArray(value)) return this.#expect(option, expected, value, []);
    return value.filter((pattern: unknown, index): pattern is UrlPattern => {
      if (pattern instanceof RegExp) return true;
      if (typeof pattern !== 'string' || pattern === '')
        return this.#expect(`${option}[${index}]`, 'a regular expression', pattern, false);
      const mistaken = mistakenPattern(pattern);
      if (mistaken !== undefined) {
        const expected = `a regular expression such as ${mistaken.meant}, not ${mistaken.kind}`;
        return this.#expect(`${option}[${index}]`, expected, pattern, false);
      }
      const broken = whyInvalid(pattern);
      return (
        broken === undefined ||
        this.#expect(`${option}[${index}]`, `a valid regular expression (${broken})`, pattern, false)
      );
    });
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

  headers(option: string): DeclaredHeaders {
    const value = this.#options[option] ?? {};
    if (!isPlainObject(value))
      return this.#expect(option, 'an object of header names and values', value, new Map());
    const declared = new Map<string, { name: string; value: string }>();
    for (const [name, text] of Object.entries(value)) {
      if (!headerNamePattern.test(name) || undeclarable.has(name.toLowerCase())) {
        this.#expect(option, 'names of end-to-end headers that are constant', name);
      } else if (
        typeof text !== 'string' ||
        text === '' ||
        text !== text.trim() ||
        !headerValuePattern.test(text)
      ) {
        this.#expect(`${option}.${name}`, 'printable ASCII without `$` and outer spaces', text);
      } else declared.set(name.toLowerCase(), { name, value: text });
    }
    return declared;
  }

  types(option: string): Readonly<Record<Extension, string>> {
    const value = this.#options[option] ?? {};
    if (!isPlainObject(value))
      return this.#expect(option, 'an object of extensions and types', value, defaultTypes);
    const extensions: readonly string[] = knownExtensions;
    for (const [extension, type] of Object.entries(value)) {
      if (!extensions.includes(extension))
        this.#expect(option, `extensions among ${extensions.join(' ')}`, extension);
      else if (typeof type !== 'string' || !contentTypePattern.test(type))
        this.#expect(`${option}.${extension}`, 'a Content-Type', type);
    }
    return Object.freeze({ ...defaultTypes, ...value });
  }

  positiveInteger(option: string, fallback: number): number {
    const value = this.#options[option] ?? fallback;
    return Number.isSafeInteger(value) && typeof value === 'number' && value > 0
      ? value
      : this.#expect(option, 'a positive whole number', value, fallback);
  }

  /** One of a few values, of which a guard knows which they are. */
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

  app(option: string): (() => Promise<unknown>) | undefined {
    const value = this.#options[option];
    if (value === undefined) return undefined;
    if (typeof value !== 'function')
      return this.#expect(option, 'a function that imports the app', value, undefined);
    return async () => value();
  }

  #expect(option: string, expected: string, value: unknown): undefined;
  #expect<T>(option: string, expected: string, value: unknown, instead: T): T;
  #expect<T>(option: string, expected: string, value: unknown, instead?: T): T | undefined {
    this.#problem(option, expected, show(value));
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

function whyInvalid(source: string): string | undefined {
  try {
    new RegExp(source);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return false;
  // Arrays; Map and Headers too, whose entries are no properties and would be overlooked.
  return !(Symbol.iterator in value);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  // What has a class has a state, of which a few characters say nothing, or too much.
  if (isInstance(value)) return kindOf(value);
  const text = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { breakLength: Infinity });
  return `${withoutPasswords(text).slice(0, MAX_SHOWN)} (${value === null ? 'null' : typeof value})`;
}

function isInstance(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof RegExp) &&
    classOf(value) !== undefined &&
    !Array.isArray(value)
  );
}

/** Those of URLs, and what is called a password: an option may have been given what is of another one. */
function withoutPasswords(text: string): string {
  return text
    .replace(/(:\/\/[^\s:@/'"]*:)[^\s'"]*@/g, '$1***@')
    .replace(/((?:password|secret|token)\w*['"]?\s*[:=]\s*)(?:'[^']*'|"[^"]*"|[^\s'"]+)/gi, '$1***');
}
