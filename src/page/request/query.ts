import { nameSource } from './name-source.js';

/** A query parameter's name, in which `*` stands for any characters. */
export const parameterNamePattern = /^[A-Za-z0-9_.~*-]+$/;

/**
 * The source, for JavaScript and PCRE alike, of a query that consists of the ignored parameters only, with its `?`.
 * An escaped name is none of them. Undefined where nothing is ignored. The names stand in a lookahead, which is not
 * tried again: `utm_*` and `utm_source` would else make two ways through every parameter, and 2^n through a query.
 */
export function ignoredQuerySource(names: readonly string[]): string | undefined {
  return sourceOf(names, (name) => `(?=(?:${name})(?:[=&]|$))[^&#]*`);
}

/**
 * The same without look-around, for engines that go through a text but once (RE2). Of values it takes the characters that
 * Node's parser lets through.
 */
export function linearIgnoredQuerySource(names: readonly string[]): string | undefined {
  return sourceOf(names, (name) => `(?:${name})(?:=[!"$%'-~]*)?`);
}

function sourceOf(names: readonly string[], parameterOf: (name: string) => string): string | undefined {
  if (names.length === 0) return undefined;
  const name = names.map((one) => nameSource(one, '[A-Za-z0-9_.~-]')).join('|');
  const parameter = parameterOf(name);
  return `\\?${parameter}(?:&${parameter})*`;
}
