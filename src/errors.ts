import { inspect } from 'node:util';

/** Every stable code that a {@link StaticGeneratorError} can carry; callers branch on these. */
export type ErrorCode =
  | 'ERR_OPTIONS'
  | 'ERR_CONFIG_FILE'
  | 'ERR_WEB_ROOT_FOREIGN'
  | 'ERR_WEB_ROOT_UNUSABLE'
  | 'ERR_NO_SQLITE'
  | 'ERR_LEDGER_UNUSABLE'
  | 'ERR_LEDGER_FOREIGN'
  | 'ERR_LEDGER_REPLACED'
  | 'ERR_LEDGER_VERSION'
  | 'ERR_LEDGER_BUSY'
  | 'ERR_BAD_TARGET'
  | 'ERR_BAD_TAG'
  | 'ERR_DELETE_FAILED'
  | 'ERR_CLUSTER_UNREACHABLE'
  | 'ERR_CDN_UNREACHABLE'
  | 'ERR_BAD_ISLAND'
  | 'ERR_BAD_VARIANT'
  | 'ERR_NOT_ATTACHED'
  | 'ERR_RENDER_FAILED'
  | 'ERR_CLOSED'
  | 'ERR_ASSET_UNKNOWN'
  | 'ERR_ASSET_PACKAGE'
  | 'ERR_ASSET_MANIFEST'
  | 'ERR_ASSETS_NOT_COLLECTED'
  | 'ERR_ASSET_REFERENCES'
  | 'ERR_ASSET_UNREADABLE'
  | 'ERR_STATIC_ROOT_FOREIGN'
  | 'ERR_STATIC_ROOT_UNUSABLE'
  | 'ERR_STATIC_ROOT_OVERLAP'
  | 'ERR_BAD_ROUTE'
  | 'ERR_EXPORT_FOREIGN'
  | 'ERR_EXPORT_FAILED'
  | 'ERR_BAD_DEPLOY_TARGET'
  | 'ERR_DEPLOY_FOREIGN'
  | 'ERR_DEPLOY_FAILED';

/** What an error is about, as data: a path, a target, the problems of a configuration. */
export type ErrorFields = Readonly<Record<string, unknown>>;

/** The one error class of this package: a stable `code`, a message for people, and `fields` for programs. */
export class StaticGeneratorError extends Error {
  override readonly name = 'StaticGeneratorError';
  readonly code: ErrorCode;
  readonly fields: ErrorFields;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; fields?: ErrorFields } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? {};
  }

  /** The file or URL path that the error is about, if there is one. */
  get path(): string | undefined {
    return typeof this.fields.path === 'string' ? this.fields.path : undefined;
  }
}

/**
 * Runs the work of a function that the site calls. If it throws an error of this package, Node prints the message, the
 * code, and the line of the site that made the call. Node prints no fields, and no lines of this package.
 */
export function atCaller<T>(caller: (...given: never[]) => unknown, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StaticGeneratorError) showOnlyCall(error, caller);
    throw error;
  }
}

/** Wraps a function of this package for sites: Node prints its errors as {@link atCaller} says. */
export function shownAtCall<Work extends (...given: never[]) => unknown>(work: Work): Work {
  const called = (...given: Parameters<Work>) => atCaller(called, () => work(...given));
  return called as Work;
}

function showOnlyCall(error: StaticGeneratorError, caller: (...given: never[]) => unknown): void {
  Object.defineProperty(error, 'fields', { enumerable: false });
  Error.captureStackTrace(error, caller);
  error.stack = (error.stack ?? '').replace(/\n +at [^\n]*\bnode:internal\/[^\n]*/g, '');
  // The stack of a system error has only lines of this package.
  const { cause } = error;
  if (cause instanceof Error && 'syscall' in cause) cause.stack = `${cause.name}: ${cause.message}`;
}

/** Returns the `code` of a system error (`ENOENT`, …), or `undefined` for anything else that was thrown. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Says what a value is, without its content: an object may hold a password, and a text may be one. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const name = classOf(value);
  return name === undefined ? 'an object' : `an instance of ${name}`;
}

/** Returns the name of an object's class; `undefined` if it has none, or is a plain object. */
export function classOf(value: object): string | undefined {
  const { constructor: made } = value;
  const name = typeof made === 'function' ? made.name : '';
  return name === '' || made === Object ? undefined : name;
}

/** The most characters of a value that are shown. */
const MAX_SHOWN = 80;

/** Returns a value as a message about it shows it, without passwords. */
export function shownValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  // An instance of a class has state: a few characters of it say nothing, or reveal too much.
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

/** Hides passwords. An option may have been given the value of another: a URL with a password, or a password. */
function withoutPasswords(text: string): string {
  return text
    .replace(/(:\/\/[^\s:@/'"]*:)[^\s'"]*@/g, '$1***@')
    .replace(/((?:password|secret|token)\w*['"]?\s*[:=]\s*)(?:'[^']*'|"[^"]*"|[^\s'"]+)/gi, '$1***');
}

/** Returns the message of a thrown value, whatever the value is. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // If a name has several addresses and none answers, the error has no message of its own.
  const isOfMany = error instanceof AggregateError && error.message === '';
  return isOfMany ? error.errors.map(messageOf).join('; ') : error.message;
}
