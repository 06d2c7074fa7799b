import { InvalidArgumentError } from 'commander';

/** Collects the values of an option that may be given several times. */
export function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

export function positiveInteger(value: string): number {
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Expected a positive whole number.');
}

/** Returns an object without its `undefined` properties, which stand for options that were not given. */
export function written<T extends object>(values: T): Written<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Written<T>;
}

type Written<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };
