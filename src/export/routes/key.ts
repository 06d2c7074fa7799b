import { isLiteral } from '../../page/grammar.js';

/** One parameter of a route. */
export interface RouteKey {
  /** An unnamed group of a regular expression is named as in `request.params`: `0`, `1`, … */
  readonly name: string;
  /** Whether it stands for several segments, as `*path` does. */
  readonly isWildcard: boolean;
  readonly isOptional: boolean;
}

/** The value of a parameter: the segments of a wildcard, otherwise one string. */
export type KeyValue = string | readonly string[];

/** The values of one page, by the names of the parameters. */
export type KeyValues = ReadonlyMap<string, KeyValue>;

/** How the path of a route is built from values. */
export interface RoutePattern {
  /** In the order of the path. */
  readonly keys: readonly RouteKey[];
  /** Returns the path of a page, escaped. Throws an error that says what is wrong with the values. */
  build(values: KeyValues): string;
}

/** Escapes a segment as a canonical path has it: all characters except those that may stand for themselves. */
export function encodeSegment(text: string): string {
  let encoded = '';
  for (const character of text) encoded += isLiteral(character) ? character : encodeURIComponent(character);
  return encoded;
}

/** Returns a value as people read it, and as file templates use it. */
export function textOfValue(value: KeyValue | undefined): string {
  return typeof value === 'object' ? value.join('/') : (value ?? '');
}
