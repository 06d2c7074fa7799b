import { InvalidArgumentError } from 'commander';

/** For an option that may be given several times: the values so far and the next. */
export function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

export function positiveInteger(value: string): number {
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Expected a positive whole number.');
}

/** An object without the properties that are undefined: options that were not written. */
export function written<T extends object>(values: T): Written<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Written<T>;
}

type Written<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };
