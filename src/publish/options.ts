import { StaticGeneratorError } from '../errors.js';

/** Pages that are rendered at the same time, if no option says otherwise. */
export const DEFAULT_CONCURRENCY = 4;

/** How one publication renders; the last argument of quickPublish. */
export interface PublishOptions {
  /** The Host of requests for targets that name none. Default: the first of `hosts`, or `localhost`. */
  readonly host?: string;
  /** Headers of every request. What makes a visitor's request personal makes these personal too. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How many pages are rendered at a time. Default: 4. */
  readonly concurrency?: number;
  /** When aborted, no further render begins, and those under way are stopped. */
  readonly signal?: AbortSignal;
  /** How long one render may take, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
}

/** How one page is rendered without being stored. */
export interface RenderOnlyOptions extends PublishOptions {
  /** Whether islands that are put into the page are marked, as in stored pages. Default: the script fetches them. */
  readonly marksIslands?: boolean;
}

interface Check {
  readonly expected: string;
  readonly passes: (value: unknown) => boolean;
}

const isPositive = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;

const checks: Readonly<Record<keyof PublishOptions, Check>> = {
  host: { expected: 'a host name', passes: (value) => typeof value === 'string' && value !== '' },
  headers: { expected: 'an object of header names and texts', passes: isTextRecord },
  concurrency: { expected: 'a positive whole number', passes: isPositive },
  signal: { expected: 'an AbortSignal', passes: (value) => value instanceof AbortSignal },
  timeoutMs: { expected: 'a positive whole number', passes: isPositive },
};

/** Takes the options out of a call's arguments. Throws `ERR_BAD_TARGET` for options that cannot be used. */
export function splitPublishOptions<T>(given: readonly (T | PublishOptions)[]): {
  readonly targets: readonly unknown[];
  readonly options: PublishOptions;
} {
  const last = given.at(-1);
  if (!isOptions(last)) return { targets: given, options: {} };
  for (const [name, value] of Object.entries(last)) {
    const check = isOptionName(name) ? checks[name] : undefined;
    if (check === undefined || (value !== undefined && !check.passes(value)))
      throw badOption(name, check?.expected ?? `one of ${Object.keys(checks).join(', ')}`);
  }
  return { targets: given.slice(0, -1), options: last };
}

/** Whether a value is a plain object with the name of an option. No target has such a name. */
function isOptions(value: unknown): value is PublishOptions {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return false;
  return Object.keys(value).some(isOptionName) && !('getAbsoluteUrl' in value) && !('tag' in value);
}

function isOptionName(name: string): name is keyof PublishOptions {
  return Object.hasOwn(checks, name);
}

function isTextRecord(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one: unknown) => typeof one === 'string')
  );
}

function badOption(name: string, expected: string): StaticGeneratorError {
  return new StaticGeneratorError('ERR_BAD_TARGET', `Bad publish option \`${name}\`: expected ${expected}`, {
    fields: { target: name },
  });
}

/** Returns the headers of a request: the usual ones, unless others are given, in upper or lower case. */
export function withUsual(
  usual: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(usual).filter(([name]) => !names.has(name))), ...given };
}
