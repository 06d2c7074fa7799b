import { classOf, messageOf, StaticGeneratorError } from '../errors.js';
import { parseTag, parseTarget, parseUrl, type Selector } from '../page/selector.js';
import { isRefresh, REFRESH_EXPECTED, type Refresh } from './refresh.js';

/** An object that knows its pages: a record with a page of its own. */
export interface HasAbsoluteUrl {
  getAbsoluteUrl(): string | readonly string[] | Promise<string | readonly string[]>;
}

/** A model class whose instances have pages; `all()` gives them, at once or bit by bit. */
export interface HasAll {
  all(): Iterable<Target> | AsyncIterable<Target> | Promise<Iterable<Target> | AsyncIterable<Target>>;
}

/** What can be named to quickDelete and quickPublish. */
export type Target =
  | string
  | URL
  | { readonly tag: string | readonly string[] }
  | HasAbsoluteUrl
  | HasAll
  | Iterable<Target>
  | AsyncIterable<Target>;

/** How one call of quickDelete differs from the site's options. */
export interface DeleteOptions {
  readonly refresh: Refresh;
}

/** Takes the options out of a call's targets. Throws `ERR_BAD_TARGET` for a `refresh` that does not exist. */
export function splitOptions(given: readonly (Target | DeleteOptions)[]): {
  readonly targets: readonly unknown[];
  readonly refresh: Refresh | undefined;
} {
  const targets: unknown[] = [];
  let refresh: Refresh | undefined;
  for (const one of given) {
    if (typeof one !== 'object' || one === null || !('refresh' in one)) targets.push(one);
    else if (isRefresh(one.refresh)) refresh = one.refresh;
    else
      throw badTarget(
        one,
        `expected \`refresh\` to be ${REFRESH_EXPECTED}, got ${JSON.stringify(one.refresh)}`,
      );
  }
  return { targets, refresh };
}

/** Finds the records of a model class that an adapter knows. */
export type FindRecords = (model: object) => AsyncIterable<unknown> | undefined;

/**
 * Reads targets into selectors, every one before anything is done: a bad one rejects with `ERR_BAD_TARGET` (or
 * `ERR_BAD_TAG`). `hosts` are the site's, where it lists them: a URL of another host is a bad target. `recordsOf` knows
 * the model classes of adapters.
 */
export async function resolveTargets(
  targets: readonly unknown[],
  hosts: readonly string[],
  recordsOf: FindRecords = () => undefined,
): Promise<readonly Selector[]> {
  const found = new Map<string, Selector>();
  for await (const selector of selectorsOf(targets, recordsOf)) {
    const own = onOwnHost(selector, hosts);
    found.set(JSON.stringify(own), own);
  }
  return [...found.values()];
}

async function* selectorsOf(target: unknown, recordsOf: FindRecords): AsyncGenerator<Selector> {
  if (typeof target === 'string') yield parseTarget(target);
  else if (target instanceof URL) yield parseUrl(target);
  else if (hasMethod(target, 'all')) yield* selectorsOf(await call(target, 'all'), recordsOf);
  else if (hasMethod(target, 'getAbsoluteUrl')) yield* urlsOf(target);
  else if (isIterable(target)) for await (const one of target) yield* selectorsOf(one, recordsOf);
  else if (isTagTarget(target))
    for (const tag of [target.tag].flat()) yield { kind: 'tag', value: parseTag(tag) };
  else yield* selectorsOf(modelRecords(target, recordsOf), recordsOf);
}

/** The records of a model that an adapter knows: a class, or what describes one. */
function modelRecords(target: unknown, recordsOf: FindRecords): AsyncIterable<unknown> {
  const mayBeModel = typeof target === 'function' || (typeof target === 'object' && target !== null);
  const records = mayBeModel ? recordsOf(target) : undefined;
  if (records === undefined) throw badTarget(target);
  return records;
}

async function* urlsOf(target: object): AsyncGenerator<Selector> {
  const urls = await call(target, 'getAbsoluteUrl');
  for (const url of Array.isArray(urls) ? urls : [urls]) {
    if (typeof url === 'string') yield parseTarget(url);
    else if (url instanceof URL) yield parseUrl(url);
    else throw badTarget(url, `getAbsoluteUrl() of ${nameOf(target)} must give strings`);
  }
}

async function call(target: object, method: 'all' | 'getAbsoluteUrl'): Promise<unknown> {
  try {
    const result: unknown = await Reflect.apply(Reflect.get(target, method), target, []);
    return result;
  } catch (error) {
    throw badTarget(target, `its ${method}() failed: ${messageOf(error)}`, error);
  }
}

function onOwnHost(selector: Selector, hosts: readonly string[]): Selector {
  if (selector.kind !== 'path' || selector.host === undefined) return selector;
  if (hosts.length === 0) return { kind: 'path', value: selector.value };
  if (hosts.includes(selector.host)) return selector;
  throw badTarget(selector.host, `no page is on this host; \`hosts\` lists ${hosts.join(', ')}`);
}

function hasMethod(target: unknown, name: string): target is object {
  const mayHave = (typeof target === 'object' && target !== null) || typeof target === 'function';
  return mayHave && typeof Reflect.get(target, name) === 'function';
}

function isIterable(target: unknown): target is Iterable<unknown> | AsyncIterable<unknown> {
  return (
    typeof target === 'object' &&
    target !== null &&
    (Symbol.asyncIterator in target || Symbol.iterator in target)
  );
}

function isTagTarget(target: unknown): target is { readonly tag: unknown } {
  return typeof target === 'object' && target !== null && 'tag' in target && Object.keys(target).length === 1;
}

/** What can be told of a target. Of an object that is only its class or its properties: their values may be secrets. */
function nameOf(target: unknown): string {
  if (typeof target === 'function') return target.name || 'a function';
  if (typeof target !== 'object' || target === null) return `${JSON.stringify(target)} (${typeof target})`;
  const name = classOf(target);
  if (name !== undefined) return `${name} instance`;
  const properties = Object.keys(target).slice(0, MAX_PROPERTIES_TOLD).join(', ');
  return properties === '' ? 'an empty object' : `an object with ${properties}`;
}

const MAX_PROPERTIES_TOLD = 5;
const EXPECTED =
  'expected a path, a glob, a URL, { tag }, an object with getAbsoluteUrl(), a class with all(), or an iterable of these';

/** What is wrong with a target that is none of these. */
function lackOf(target: unknown): string {
  if (typeof target === 'function')
    return `it is no class with all(), and no model that is tracked; ${EXPECTED}`;
  if (typeof target === 'object' && target !== null) return `it has no getAbsoluteUrl(); ${EXPECTED}`;
  return EXPECTED;
}

function badTarget(target: unknown, why = lackOf(target), cause?: unknown): StaticGeneratorError {
  const isPlain = (typeof target !== 'object' || target === null) && typeof target !== 'function';
  return new StaticGeneratorError('ERR_BAD_TARGET', `Bad target ${nameOf(target)}: ${why}`, {
    cause,
    // What logs an error logs its fields.
    fields: { target: isPlain ? target : nameOf(target) },
  });
}
