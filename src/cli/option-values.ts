import { InvalidArgumentError } from 'commander';

/** For an option that may be given several times: the values so far and the next. */
export function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

export function positiveInteger(value: string): number {
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Expected a positive whole number.');
}
