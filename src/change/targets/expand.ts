import { messageOf } from '../../errors.js';
import { badTarget, nameOf } from './bad-target.js';
import type { FindRecords, WrittenTarget } from './target.js';

const EXPECTED =
  'expected a path, a glob, a URL, { tag }, an object with getAbsoluteUrl(), a class with all(), or an iterable of these';

/** Yields the texts, addresses, URLs and tags that a target stands for. Throws `ERR_BAD_TARGET` if it is no target. */
export async function* expandTarget(
  target: unknown,
  recordsOf: FindRecords,
): AsyncGenerator<WrittenTarget, void, undefined> {
  if (isWrittenUrl(target)) yield target;
  else if (hasMethod(target, 'all')) yield* expandTarget(await call(target, 'all'), recordsOf);
  else if (hasMethod(target, 'getAbsoluteUrl')) yield* urlsOf(target);
  else if (isIterable(target)) for await (const one of target) yield* expandTarget(one, recordsOf);
  else if (isTagTarget(target)) for (const tag of [target.tag].flat()) yield { tag };
  else yield* expandTarget(modelRecords(target, recordsOf), recordsOf);
}

/** Returns the records of a model that an adapter knows. The target is a class, or an object that describes one. */
function modelRecords(target: unknown, recordsOf: FindRecords): AsyncIterable<unknown> {
  const mayBeModel = typeof target === 'function' || (typeof target === 'object' && target !== null);
  const records = mayBeModel ? recordsOf(target) : undefined;
  if (records === undefined) throw badTarget(target, lackOf(target));
  return records;
}

/** Returns the problem of a target that names no page. */
function lackOf(target: unknown): string {
  if (typeof target === 'function')
    return `it is neither a class with all() nor a tracked model; ${EXPECTED}`;
  if (typeof target === 'object' && target !== null) return `it has no getAbsoluteUrl(); ${EXPECTED}`;
  return EXPECTED;
}

async function* urlsOf(target: object): AsyncGenerator<WrittenTarget, void, undefined> {
  const urls = await call(target, 'getAbsoluteUrl');
  for (const url of Array.isArray(urls) ? urls : [urls]) {
    if (!isWrittenUrl(url)) throw badTarget(url, `getAbsoluteUrl() of ${nameOf(target)} must return strings`);
    yield url instanceof URL ? url : { address: url };
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

function isWrittenUrl(target: unknown): target is string | URL {
  return typeof target === 'string' || target instanceof URL;
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
