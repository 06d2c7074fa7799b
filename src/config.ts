import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { StaticGeneratorError } from './errors.js';
import { createLogger, isLogger, type Logger } from './log.js';
import { cookieNamePattern, defaultBypassCookies, defaultIgnoreCookies } from './page/cookies.js';
import { type Extension, knownExtensions } from './page/grammar.js';
import type { DeclaredHeaders } from './page/headers.js';
import { parameterNamePattern } from './page/query.js';
import { defaultBodyMarkers } from './page/response-rules.js';
import { compileRules, type Rules, type UrlPattern } from './page/rules.js';
import { defaultTypes } from './page/types.js';

/** How pages that are out of date are refreshed. */
export type Refresh = 'delete' | 'regenerate';

export const REFRESH_EXPECTED = "'delete' or 'regenerate'";

export function isRefresh(value: unknown): value is Refresh {
  return value === 'delete' || value === 'regenerate';
}

/** What a site tells {@link staticGenerator}. */
export interface Options {
  /**
   * The folder of the pages, ours alone: empty or absent at first use. Default: the environment variable `WEB_ROOT`.
   * A relative path starts at the working directory.
   */
  readonly webRoot?: string;
  /** Which URLs become pages: tested on the decoded path with JavaScript's own semantics, so anchor them. */
  readonly urls: readonly UrlPattern[];
  /** Which of these do not, all the same. Default: none. */
  readonly excludeUrls?: readonly UrlPattern[];
  /**
   * The Host values that are pages, without ports; with several, each has its own folder. Default: loopback names, and
   * what the generated nginx vouches for.
   */
  readonly hosts?: readonly string[];
  /** Query parameters that change nothing, `*` stands for any characters: `['utm_*', 'fbclid']`. Default: none. */
  readonly ignoreQuery?: readonly string[];
  /** Cookies that make a request personal, `*` as above. Default: names that look like a session or a token. */
  readonly bypassCookies?: readonly string[];
  /** Cookies that no page depends on, `*` as above. Default: analytics and consent banners. */
  readonly ignoreCookies?: readonly string[];
  /** Headers that every page has, with their constant values; nginx repeats them. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The Content-Type by extension where it differs from the default: `{ xml: 'application/rss+xml; charset=utf-8' }`. */
  readonly types?: Partial<Readonly<Record<Extension, string>>>;
  /** The largest body that is stored, in bytes. Default: 5 MiB. */
  readonly maxBodyBytes?: number;
  /** Texts that make a body personal, such as a CSRF field. Default: the fields of common frameworks. */
  readonly bodyMarkers?: readonly string[];
  /**
   * The release of the site. When it, the URL lists, types or headers differ from those of the process before, all pages
   * are invalidated, and processes of the old release store no more. Default: empty.
   */
  readonly version?: string;
  /**
   * What quickDelete does unless a call says otherwise: `delete` removes pages, for the next visitor to make anew;
   * `regenerate` renders them at once and serves the old ones until then. Default: `delete`.
   */
  readonly refresh?: Refresh;
  /** A logger with pino's methods, or `false` for silence. Default: pino on standard error at level `info`. */
  readonly logger?: Logger | false;
  /** For commands that render pages: imports the module whose default export or `app` is a request listener. */
  readonly app?: () => Promise<unknown>;
}

/** {@link Options} with every default filled in, decided once at start. */
export interface ResolvedConfig {
  readonly webRoot: string;
  readonly rules: Rules;
  readonly hosts: readonly string[];
  readonly ignoreQuery: readonly string[];
  readonly bypassCookies: readonly string[];
  readonly ignoreCookies: readonly string[];
  readonly headers: DeclaredHeaders;
  readonly types: Readonly<Record<Extension, string>>;
  readonly maxBodyBytes: number;
  readonly bodyMarkers: readonly string[];
  readonly version: string;
  readonly refresh: Refresh;
  readonly logger: Logger;
  readonly app: (() => Promise<unknown>) | undefined;
}

/** One thing that is wrong with a configuration. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
}

const DEFAULT_MAX_BODY_BYTES = 5 * 1024 * 1024;

/** Gives a configuration its type; the configuration file's default export. */
export function defineConfig(options: Options): Options {
  return options;
}

/**
 * Validates options and fills in defaults. Throws one `ERR_OPTIONS` that names every problem: the option, what was
 * expected and what came.
 */
export function resolveConfig(given: Options, environment: NodeJS.ProcessEnv = process.env): ResolvedConfig {
  const problems: OptionProblem[] = [];
  const options = asRecord(given, problems);
  const read = new OptionReader(options, problems);
  read.refuseUnknown(optionNames);
  const webRoot = read.text('webRoot', 'a path', environment.WEB_ROOT);
  const urls = read.patterns('urls', undefined);
  const excludeUrls = read.patterns('excludeUrls', []);
  const written = read.names('hosts', [], hostPattern, 'a host name without a port');
  const hosts = [...new Set(written.map((host) => host.toLowerCase()))];
  const ignoreQuery = read.names(
    'ignoreQuery',
    [],
    parameterNamePattern,
    'a parameter name, `*` for any characters',
  );
  const bypassCookies = read.names('bypassCookies', defaultBypassCookies, cookieNamePattern, COOKIE_NAME);
  const ignoreCookies = read.names('ignoreCookies', defaultIgnoreCookies, cookieNamePattern, COOKIE_NAME);
  const headers = read.headers('headers');
  const types = read.types('types');
  const maxBodyBytes = read.positiveInteger('maxBodyBytes', DEFAULT_MAX_BODY_BYTES);
  const bodyMarkers = read.names('bodyMarkers', defaultBodyMarkers, /./s, 'a text');
  const version = read.version('version');
  const refresh = read.refresh('refresh');
  const logger = read.logger('logger');
  const app = read.app('app');
  if (problems.length > 0 || webRoot === undefined) throw optionsError(problems);
  return Object.freeze({
    webRoot: resolve(webRoot),
    rules: compileRules(urls, excludeUrls),
    ...{
      hosts,
      ignoreQuery,
      bypassCookies,
      ignoreCookies,
      headers,
      types,
      maxBodyBytes,
      bodyMarkers,
      version,
      refresh,
      app,
    },
    logger: logger === false ? createLogger('silent') : (logger ?? createLogger('info')),
  });
}

const optionNames = Object.keys({
  webRoot: 0,
  urls: 0,
  excludeUrls: 0,
  hosts: 0,
  ignoreQuery: 0,
  bypassCookies: 0,
  ignoreCookies: 0,
  headers: 0,
  types: 0,
  maxBodyBytes: 0,
  bodyMarkers: 0,
  version: 0,
  refresh: 0,
  logger: 0,
  app: 0,
} satisfies Record<keyof Options, 0>);

const COOKIE_NAME = 'a cookie name, `*` for any characters';
const hostPattern = /^(?:(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\])$/i;
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

function asRecord(given: unknown, problems: OptionProblem[]): Readonly<Record<string, unknown>> {
  if (isPlainObject(given)) return given;
  problems.push({ option: 'options', message: `Expected options to be an object, got ${show(given)}` });
  return {};
}

/** Reads one option after the other and collects what is wrong instead of stopping at the first. */
class OptionReader {
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #problems: OptionProblem[];

  constructor(options: Readonly<Record<string, unknown>>, problems: OptionProblem[]) {
    this.#options = options;
    this.#problems = problems;
  }

  refuseUnknown(known: readonly string[]): void {
    for (const option of Object.keys(this.#options).filter((name) => !known.includes(name))) {
      this.#problems.push({
        option,
        message: `Unknown option \`${option}\`; the options are ${known.join(', ')}`,
      });
    }
  }

  text(option: string, expected: string, fallback: string | undefined): string | undefined {
    const value = this.#options[option] ?? fallback;
    if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
    this.#expect(option, `${expected} (or the environment variable WEB_ROOT)`, value);
    return undefined;
  }

  patterns(option: string, fallback: readonly UrlPattern[] | undefined): readonly UrlPattern[] {
    const value = this.#options[option] ?? fallback;
    const expected = 'an array of regular expressions or their source strings';
    if (!Array.isArray(value)) return this.#expect(option, expected, value, []);
    return value.filter((pattern: unknown, index): pattern is UrlPattern => {
      if (pattern instanceof RegExp) return true;
      if (typeof pattern !== 'string' || pattern === '')
        return this.#expect(`${option}[${index}]`, 'a regular expression', pattern, false);
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

  refresh(option: string): Refresh {
    const value = this.#options[option] ?? 'delete';
    return isRefresh(value) ? value : this.#expect(option, REFRESH_EXPECTED, value, 'delete');
  }

  version(option: string): string {
    const value = this.#options[option] ?? '';
    return typeof value === 'string' ? value : this.#expect(option, 'a string', value, '');
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
    this.#problems.push({ option, message: `Expected \`${option}\` to be ${expected}, got ${show(value)}` });
    return instead;
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

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return false;
  // Arrays; Map and Headers too, whose entries are no properties and would be overlooked.
  return !(Symbol.iterator in value);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { breakLength: Infinity });
  return `${text.slice(0, 80)} (${value === null ? 'null' : typeof value})`;
}
