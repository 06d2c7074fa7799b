import { OptionReader } from '../../option-reader.js';

/** What kind of value an option has. */
export type Kind = 'texts' | 'text' | 'number' | 'boolean';

const EXPECTED: Readonly<Record<Kind, string>> = {
  texts: 'an array of strings',
  text: 'a string',
  number: 'a number',
  boolean: 'true or false',
};

/** Throws `ERR_OPTIONS` for unknown options and for values of the wrong kind. No command line has checked options from code. */
export function requireKinds(given: object, kinds: Readonly<Record<string, Kind>>): void {
  const reader = new OptionReader(given);
  reader.refuseUnknown(Object.keys(kinds));
  for (const [option, kind] of Object.entries(kinds)) {
    const value = reader.raw(option);
    if (value !== undefined && !isOfKind(value, kind)) reader.refuse(option, EXPECTED[kind], value);
  }
  reader.throwProblems();
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (kind === 'texts') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  return typeof value === (kind === 'text' ? 'string' : kind);
}
