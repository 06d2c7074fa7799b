import { INTRICATE } from './keywords.js';
import { depthsOf, split, withoutParentheses } from './parentheses.js';
import { isWord, type Token } from './tokens.js';

/** Returns the parts of a condition that must all hold; none if this is not certain. */
export function conjuncts(condition: readonly Token[]): readonly (readonly Token[])[] {
  const bare = withoutParentheses(condition);
  const depths = depthsOf(bare);
  const isIntricate = bare.some(
    ({ kind, text }, index) => depths[index] === 0 && kind === 'word' && INTRICATE.has(text),
  );
  if (isIntricate) return [];
  const parts = split(bare, (token) => isWord(token, 'and'));
  return parts.length === 1
    ? parts
    : parts.flatMap((part) => (part[0]?.text === '(' ? conjuncts(part) : [part]));
}
