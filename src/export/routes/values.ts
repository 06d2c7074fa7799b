import { inspect } from 'node:util';
import type { KeyValue, KeyValues, RouteKey } from './key.js';

/** The values of one page: one string or number, an array in the order of the path, or an object by name. */
export type RouteValues = string | number | bigint | readonly unknown[] | object;

/** Reads the values of one page. Throws an error that says what was expected and what was given. */
export function readValues(given: unknown, keys: readonly RouteKey[]): KeyValues {
  if (typeof given === 'string' || readText(given) !== undefined) return readPositional([given], keys);
  if (Array.isArray(given)) return readPositional(given, keys);
  if (isNamed(given)) return readNamed(given, keys);
  throw new Error(
    `expected each of its \`params\` to be a string, a number, an array or an object, got ${show(given)}`,
  );
}

function readPositional(given: readonly unknown[], keys: readonly RouteKey[]): KeyValues {
  const required = keys.filter(({ isOptional }) => !isOptional).length;
  if (given.length > keys.length || given.length < required)
    throw new Error(`expected values for ${listed(keys)}, got ${show(given)}`);
  return collect(keys, (_key, index) => given[index]);
}

function readNamed(given: object, keys: readonly RouteKey[]): KeyValues {
  return collect(keys, ({ name }) => Reflect.get(given, name));
}

function collect(keys: readonly RouteKey[], giveValue: (key: RouteKey, index: number) => unknown): KeyValues {
  const values = new Map<string, KeyValue>();
  keys.forEach((key, index) => {
    const value = readValue(giveValue(key, index), key);
    if (value !== undefined) values.set(key.name, value);
  });
  return values;
}

function readValue(given: unknown, { name, isWildcard, isOptional }: RouteKey): KeyValue | undefined {
  if ((given === undefined || given === null) && isOptional) return undefined;
  if (!isWildcard) {
    const text = readText(given);
    if (text !== undefined) return text;
    throw new Error(`expected \`${name}\` to be a text that is not empty, or a number, got ${show(given)}`);
  }
  const segments: readonly unknown[] = Array.isArray(given) ? given : (readText(given)?.split('/') ?? []);
  const texts = segments.flatMap((segment) => readText(segment) ?? []);
  if (texts.length > 0 && texts.length === segments.length) return texts;
  throw new Error(`expected \`${name}\` to be a path, or an array of its segments, got ${show(given)}`);
}

function readText(given: unknown): string | undefined {
  if (typeof given === 'bigint' || (typeof given === 'number' && Number.isFinite(given)))
    return String(given);
  return typeof given === 'string' && given !== '' ? given : undefined;
}

/** Whether a value is an object with properties to read, such as a record of a model. Iterable objects have none. */
function isNamed(given: unknown): given is object {
  return (
    typeof given === 'object' && given !== null && !(Symbol.iterator in given) && !(given instanceof Date)
  );
}

function listed(keys: readonly RouteKey[]): string {
  if (keys.length === 0) return 'no parameter, because it has none';
  return keys.map(({ name, isOptional }) => `\`${name}\`${isOptional ? ' (optional)' : ''}`).join(', ');
}

/** Returns a value as an error shows it. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return `${inspect(value, { breakLength: Infinity, depth: 1 }).slice(0, 80)} (${value === null ? 'null' : typeof value})`;
}
