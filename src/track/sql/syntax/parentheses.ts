import type { Token } from './tokens.js';

/** Returns, for each token, how many pairs of parentheses enclose it. A parenthesis does not enclose itself. */
export function depthsOf(tokens: readonly Token[]): readonly number[] {
  let depth = 0;
  return tokens.map(({ kind, text }) => {
    if (kind === 'sign' && text === ')') depth -= 1;
    const own = depth;
    if (kind === 'sign' && text === '(') depth += 1;
    return own;
  });
}

/** Splits tokens at the separators that are not in parentheses. */
export function split(
  tokens: readonly Token[],
  isSeparator: (token: Token) => boolean,
): readonly (readonly Token[])[] {
  const depths = depthsOf(tokens);
  const parts: Token[][] = [[]];
  for (const [index, token] of tokens.entries()) {
    if (depths[index] === 0 && isSeparator(token)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** Returns the tokens without the parentheses that enclose all of them. */
export function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  if (tokens[0]?.text !== '(' || tokens.at(-1)?.text !== ')') return tokens;
  const isWhole = depthsOf(tokens)
    .slice(1, -1)
    .every((depth) => depth > 0);
  return isWhole ? withoutParentheses(tokens.slice(1, -1)) : tokens;
}
