import { compile, parse, pathToRegexp, type Token } from 'path-to-regexp';
import { encodeSegment, type KeyValue, type RouteKey, type RoutePattern } from './key.js';

/** Reads a path in the syntax of Express 5. Throws the error of path-to-regexp for a path that is not well-formed. */
export function compilePath(path: string): RoutePattern {
  const tokens = parse(path);
  const write = compile(path, { encode: encodeSegment });
  const { regexp } = pathToRegexp(path);
  return {
    keys: keysOf(tokens.tokens, false),
    build(values) {
      const built = write(Object.fromEntries([...values].map(([name, value]) => [name, mutable(value)])));
      if (regexp.test(built)) return built;
      throw new Error(`these values make ${JSON.stringify(built)}, which is not a path of it`);
    },
  };
}

function keysOf(tokens: readonly Token[], isOptional: boolean): readonly RouteKey[] {
  return tokens.flatMap((token) => {
    if (token.type === 'text') return [];
    if (token.type === 'group') return keysOf(token.tokens, true);
    return [{ name: token.name, isWildcard: token.type === 'wildcard', isOptional }];
  });
}

function mutable(value: KeyValue): string | string[] {
  return typeof value === 'string' ? value : [...value];
}
